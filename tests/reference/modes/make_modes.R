# SDs of the conditional modes for tests/models/test_modes.py. In this folder: OMP_NUM_THREADS=1 Rscript make_modes.R
# Needs R with lme4 and jsonlite. lme4's condVar: ranef(model, condVar = TRUE), attribute "postVar".
suppressMessages({library(lme4); library(jsonlite)})
d <- read.csv("../athlete_weeks_1k.csv")
set.seed(1)
d$w <- round(runif(nrow(d), 0.5, 2), 3)
write.csv(data.frame(w = d$w), "weights.csv", row.names = FALSE)
linear <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
general <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-11, optCtrl = list(rhoend = 1e-8, maxfun = 1e5))
models <- list(
  slope    = list("gaussian", "pain ~ mob + stab + (1 + mob | athlete)", NULL),
  nested   = list("gaussian", "pain ~ mob + stab + (1 | clinic) + (1 + mob | athlete)", NULL),
  crossed  = list("gaussian", "pain ~ mob + stab + (1 | week) + (1 | athlete)", NULL),
  weighted = list("gaussian", "pain ~ mob + stab + (1 | athlete)", d$w),
  poisson  = list("poisson", "inj ~ mob + stab + (1 | athlete)", NULL),
  poisson_weighted = list("poisson", "inj ~ mob + stab + (1 | athlete)", d$w),
  binomial = list("binomial", "prob ~ mob + stab + (1 | clinic) + (1 | athlete)", NULL),
  binomial_weighted = list("binomial", "prob ~ mob + stab + (1 | athlete)", d$w)
)
out <- lapply(models, function(m) {
  f <- as.formula(m[[2]]); d$wt <- if (is.null(m[[3]])) 1 else m[[3]]
  fit <- suppressWarnings(if (m[[1]] == "gaussian") lmer(f, d, weights = wt, control = linear) else glmer(f, d, family = m[[1]], weights = wt, control = general))
  re <- ranef(fit, condVar = TRUE)
  sds <- lapply(re, function(g) { v <- attr(g, "postVar"); t(apply(v, 3, function(x) sqrt(diag(as.matrix(x))))) })
  cf <- coef(summary(fit))
  list(family = m[[1]], formula = m[[2]], weighted = !is.null(m[[3]]), loglik = as.numeric(logLik(fit)), term = rownames(cf),
       estimate = unname(cf[, 1]), std_error = unname(cf[, 2]),
       groups = lapply(names(re), function(n) list(group = n, level = rownames(re[[n]]), term = colnames(re[[n]]),
         sd = unname(matrix(sds[[n]], nrow = nrow(re[[n]]), byrow = FALSE)), value = unname(as.matrix(re[[n]])))))
})
write(toJSON(out, digits = 12, auto_unbox = TRUE), "modes.json")
