# Models with `||` for tests/models/test_engine_mixedlm.py. In this folder: OMP_NUM_THREADS=1 Rscript make_uncorrelated.R
suppressMessages({library(lme4); library(jsonlite)})
d <- read.csv("../athlete_weeks_1k.csv")
linear <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
general <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-11, optCtrl = list(rhoend = 1e-8, maxfun = 1e5))
models <- list(gaussian = "pain ~ mob + stab + (1 + mob + stab || athlete)", poisson = "inj ~ mob + stab + (1 + mob || athlete)",
               binomial = "prob ~ mob + stab + (1 | clinic) + (1 + mob || athlete)")
out <- lapply(names(models), function(n) {
  f <- as.formula(models[[n]])
  m <- if (n == "gaussian") lmer(f, d, control = linear) else glmer(f, d, family = n, control = general)
  cf <- coef(summary(m)); vc <- as.data.frame(VarCorr(m))
  list(family = n, formula = models[[n]], loglik = as.numeric(logLik(m)), term = rownames(cf), estimate = unname(cf[, 1]),
       std_error = unname(cf[, 2]), random_term = vc$var1, sd = vc$sdcor)
})
write(toJSON(out, digits = 12, auto_unbox = TRUE), "uncorrelated.json")
