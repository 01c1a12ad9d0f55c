# CR2 reference for tests/models/test_robust.py. Run: Rscript make_robust_reference.R athlete_weeks_1k.csv OUT.json
# Needs R with lme4, clubSandwich, jsonlite (Debian: r-cran-lme4 r-cran-clubsandwich r-cran-jsonlite). The fitted
# variances go into the file too, so that the CR2 step can be held against clubSandwich at the very same variances.
a <- commandArgs(TRUE)
suppressMessages({library(jsonlite); library(lme4); library(clubSandwich)})
d <- read.csv(a[1]); d$athlete <- factor(d$athlete); d$clinic <- factor(d$clinic)
fixed <- "mob*stab + hip + rom + load + age + sex"
models <- list(gaussian_lm = c("", "athlete"), gaussian_ri = c(" + (1|athlete)", "athlete"),
               gaussian_rs = c(" + (1+mob|athlete)", "athlete"), gaussian_rs_clinic = c(" + (1+mob|athlete)", "clinic"),
               gaussian_nest = c(" + (1|clinic) + (1|athlete)", "clinic"))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
# A difference and a sum of two terms: df of contrasts.
contrasts <- list(difference = c("mob" = 1, "stab" = -1), sum = c("mob" = 1, "mob:stab" = 2, "hip" = -0.5))
out <- list(versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4")),
                            clubSandwich = as.character(packageVersion("clubSandwich"))), fits = list())
for (key in names(models)) {
  f <- as.formula(paste0("pain ~ ", fixed, models[[key]][1])); cluster <- models[[key]][2]
  m <- if (key == "gaussian_lm") lm(f, d) else lmer(f, d, REML = TRUE, control = tight)
  v <- vcovCR(m, cluster = d[[cluster]], type = "CR2")
  ct <- coef_test(m, vcov = v, test = "Satterthwaite")
  b <- if (key == "gaussian_lm") coef(m) else fixef(m)
  L <- t(sapply(contrasts, function(w) { l <- setNames(numeric(length(b)), names(b)); l[names(w)] <- w; l }))
  lc <- linear_contrast(m, vcov = v, contrasts = L, test = "Satterthwaite", p_values = TRUE)
  out$fits[[key]] <- list(formula = deparse1(f), cluster = cluster, term = names(b), estimate = unname(b),
    sigma = sigma(m), random = if (key == "gaussian_lm") NULL else lapply(VarCorr(m), function(x) unname(as.matrix(x)[, ])),
    std_error = ct$SE, df = ct[[grep("^df", names(ct), value = TRUE)[1]]], p_value = ct[[grep("^p_", names(ct), value = TRUE)[1]]],
    vcov = unname(as.matrix(v)[, ]),
    contrasts = lapply(setNames(seq_along(contrasts), names(contrasts)), function(i)
      list(weights = as.list(contrasts[[i]]), std_error = lc$SE[i], df = lc$df[i], p_value = lc$p_val[i])))
}
write_json(out, a[2], digits = I(14), auto_unbox = TRUE, pretty = FALSE, null = "null")
