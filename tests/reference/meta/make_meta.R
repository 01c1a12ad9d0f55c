# Reference numbers for models/meta_analysis.py: Rscript make_meta.R <meta.json>
# metafor 3.8-1 (Viechtbauer 2010, J Stat Softw 36(3)), R 4.2.2: rma() with REML, test = "knha" and "adhoc", confint()
# (Q-profile), predict() with k - 1 df (metafor's choice for knha); the interval with k - 2 df (Higgins, Thompson and
# Spiegelhalter 2009, eq. 12) is worked out below from metafor's own estimate, standard error and tau2.
# bcg: log risk ratios of the 13 trials of the BCG vaccine (Colditz et al. 1994, JAMA 271:698; metafor's dat.bcg).
# The other sets are made up, each hard in one way.
suppressMessages({library(metafor); library(jsonlite)})
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
sets <- list(
  bcg = list(yi = as.numeric(bcg$yi), vi = as.numeric(bcg$vi)),
  few = list(yi = c(-0.31, 0.12, -0.48), vi = c(0.021, 0.034, 0.058)),
  two = list(yi = c(-0.20, 0.35), vi = c(0.02, 0.05)),
  alike = list(yi = c(0.10, 0.11, 0.09, 0.12, 0.10), vi = c(0.04, 0.02, 0.05, 0.03, 0.04)),
  uneven = list(yi = c(0.42, -0.10, 0.05, 0.60, -0.35, 0.21), vi = c(0.0009, 0.25, 0.16, 0.36, 0.0025, 0.49)),
  equal = list(yi = c(-0.9, 0.2, 0.4, 1.3, -0.5, 0.7, 0.0), vi = rep(0.15, 7)),
  large = list(yi = c(1210.5, 1188.2, 1302.9, 1251.4), vi = c(310.2, 288.1, 705.6, 150.3))
)
tight <- list(threshold = 1e-14, maxiter = 100000, tol = 1e-14)
one <- function(set) {
  fitted <- function(test) rma(set$yi, set$vi, method = "REML", test = test, control = tight)
  knha <- fitted("knha"); adhoc <- suppressWarnings(fitted("adhoc")); k <- knha$k
  tau2 <- suppressMessages(confint(knha, control = list(tol = 1e-14, tau2.max = 1e6)))$random["tau^2", ]
  predicted <- predict(knha)
  higgins <- function(m) if (k < 3) c(NA, NA) else
    m$beta[1] + c(-1, 1) * qt(0.975, k - 2) * sqrt(m$tau2 + m$se^2)
  list(
    yi = set$yi, vi = set$vi, estimate = knha$beta[1], tau2 = knha$tau2, tau2_low = tau2[["ci.lb"]],
    tau2_high = tau2[["ci.ub"]], i2 = knha$I2, q = knha$QE, q_p_value = knha$QEp, weights = as.numeric(weights(knha)),
    knha = list(std_error = knha$se, ci_low = knha$ci.lb, ci_high = knha$ci.ub, p_value = knha$pval, df = knha$ddf,
                prediction_low = predicted$pi.lb, prediction_high = predicted$pi.ub, higgins = higgins(knha)),
    adhoc = list(std_error = adhoc$se, ci_low = adhoc$ci.lb, ci_high = adhoc$ci.ub, p_value = adhoc$pval,
                 higgins = higgins(adhoc)),
    dl = rma(set$yi, set$vi, method = "DL")$tau2, pm = rma(set$yi, set$vi, method = "PM", control = list(tol = 1e-14))$tau2
  )
}
found <- lapply(sets, one)
writeLines(toJSON(found, digits = 15, auto_unbox = TRUE, na = "null", pretty = TRUE), commandArgs(TRUE)[1])
