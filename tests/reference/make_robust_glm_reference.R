# CR2 reference, models that are not gaussian, for tests/models/test_robust_glm.py.
# Run: Rscript make_robust_glm_reference.R athlete_weeks_1k.csv OUT.json
# Needs R with nlme, MASS, clubSandwich, jsonlite. clubSandwich has no method for glmer. So the mixed models are fitted by
# penalised quasi-likelihood (Breslow and Clayton 1993) and their last working model, a linear mixed model of known error
# variance on the scale of the outcome, is given to clubSandwich as an lme object. Its estimates go into the file too.
a <- commandArgs(TRUE)
suppressMessages({library(jsonlite); library(nlme); library(MASS); library(clubSandwich)})
d <- read.csv(a[1]); d$athlete <- factor(d$athlete); d$clinic <- factor(d$clinic)
d$hurt <- exp(d$pain / 5); d$w <- 1 + d$week %% 3
tests <- function(m, v) {
  ct <- coef_test(m, vcov = v, test = "Satterthwaite")
  list(std_error = ct$SE, df = ct[[grep("^df", names(ct), value = TRUE)[1]]], vcov = unname(as.matrix(v)[, ]))
}
fixed <- "mob*stab + hip + rom + load + age + sex"
plain <- function(outcome, family, cluster, offset = FALSE, weights = NULL) {
  f <- as.formula(paste(outcome, "~", fixed, if (offset) "+ offset(off)"))
  control <- glm.control(epsilon = 1e-14, maxit = 100)
  if (!is.null(weights)) d$.w <- d[[weights]] else d$.w <- 1
  m <- if (family == "negativebinomial") glm.nb(f, d, control = control) else
    glm(f, switch(family, poisson = poisson(), binomial = binomial(), gamma = Gamma("log")), d, weights = .w, control = control)
  c(list(formula = paste(outcome, "~", fixed), family = family, offset = if (offset) "off", weights = weights,
         cluster = cluster, estimate = unname(coef(m)), theta = if (family == "negativebinomial") m$theta),
    tests(m, vcovCR(m, cluster = d[[cluster]], type = "CR2")))
}
mixed <- function(outcome, family, cluster, offset = FALSE) {
  group <- "athlete"
  X <- model.matrix(as.formula(paste("~", fixed)), d); y <- d[[outcome]]; o <- if (offset) d$off else 0
  inverse <- if (family == "poisson") exp else plogis
  slope <- function(mu) if (family == "poisson") mu else mu * (1 - mu)
  mu <- (y + mean(y)) / 2; eta <- if (family == "poisson") log(mu) else qlogis(mu); before <- Inf
  k <- data.frame(X[, -1], check.names = FALSE); names(k) <- paste0("x", seq_along(k))
  for (step in 1:200) {
    g <- slope(mu); w <- cbind(k * g, data.frame(z = g * (eta - o) + y - mu, g = g, v = slope(mu), athlete = d$athlete))
    m <- lme(as.formula(paste("z ~ 0 + g +", paste(names(k), collapse = " + "))), w, random = ~ 0 + g | athlete,
             weights = varFixed(~ v), method = "ML",
             control = lmeControl(sigma = 1, tolerance = 1e-12, msTol = 1e-14, msMaxIter = 500, opt = "optim", reltol = 1e-16))
    b <- ranef(m)[[1]][match(d$athlete, rownames(ranef(m)))]
    eta <- drop(X %*% fixef(m)) + b + o; mu <- inverse(eta)
    if (max(abs(fixef(m) - before)) < 1e-11) break
    before <- fixef(m)
  }
  c(list(formula = paste(outcome, "~", fixed, "+ (1|athlete)"), family = family, offset = if (offset) "off", cluster = cluster,
         steps = step, estimate = unname(fixef(m)), variance = as.numeric(getVarCov(m)), level = rownames(ranef(m)),
         mode = ranef(m)[[1]]),
    tests(m, vcovCR(m, cluster = d[[cluster]], type = "CR2")))
}
out <- list(versions = list(R = R.version.string, clubSandwich = as.character(packageVersion("clubSandwich")),
                            nlme = as.character(packageVersion("nlme"))),
  term = colnames(model.matrix(as.formula(paste("~", fixed)), d)),
  plain = list(poisson = plain("inj", "poisson", "athlete", TRUE), poisson_clinic = plain("inj", "poisson", "clinic", TRUE),
    poisson_weights = plain("inj", "poisson", "athlete", TRUE, "w"), binomial = plain("prob", "binomial", "athlete"),
    gamma = plain("hurt", "gamma", "athlete"), negativebinomial = plain("injnb", "negativebinomial", "athlete", TRUE)),
  mixed = list(poisson = mixed("inj", "poisson", "athlete", TRUE), poisson_clinic = mixed("inj", "poisson", "clinic", TRUE),
    binomial = mixed("prob", "binomial", "athlete"), binomial_clinic = mixed("prob", "binomial", "clinic")))
write_json(out, a[2], digits = I(14), auto_unbox = TRUE, pretty = FALSE, null = "null")
