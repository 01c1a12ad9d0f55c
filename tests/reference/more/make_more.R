# Further reference fits for tests/models/test_reference_more.py. In this folder: OMP_NUM_THREADS=1 Rscript make_more.R
# (with more threads the numbers differ from the eighth digit on)
# Needs R with lme4, lmerTest, glmmTMB, jsonlite; the data are by make_more_data.py. Tolerances are tightened as in
# ../make_reference.R. A model that is not gaussian has glmmTMB's numbers; poisson and binomial ones have tight
# glmer's log-likelihood beside them. Where a variance is at its bound glmmTMB has no standard errors and the numbers
# are tight glmer's. `converged` is the reference's own word: no convergence code, a positive definite Hessian and a
# Newton decrement g'Vg/2 (log-likelihood still to gain) below 5e-7, which is 0.001 SE (lme4: optimiser code 0).
# A fourth element divides columns: on the raw ones neither R engine converges; estimates and SEs are put back.
suppressMessages({library(jsonlite); library(lme4); library(lmerTest); library(glmmTMB)})
models <- list(
  unbalanced_lmm_slope        = list("unbalanced", "gaussian", "pain ~ mob + stab + (1 + mob | athlete)"),
  unbalanced_lmm_slope_ml     = list("unbalanced", "gaussian_ml", "pain ~ mob + stab + (1 + mob | athlete)"),
  unbalanced_poisson_slope    = list("unbalanced", "poisson", "inj ~ mob + stab + (1 + mob | athlete)"),
  one_row_per_athlete         = list("one_row", "poisson", "inj ~ mob + stab + (1 | athlete)"),
  three_athletes_lmm          = list("three_athletes", "gaussian", "pain ~ mob + stab + (1 | athlete)"),
  three_athletes_poisson      = list("three_athletes", "poisson", "inj ~ mob + stab + (1 | athlete)"),
  singular_slope_lmm          = list("singular_slope", "gaussian", "pain ~ mob + stab + (1 + mob | athlete)"),
  singular_slope_poisson      = list("singular_slope", "poisson", "inj ~ mob + stab + (1 + mob | athlete)"),
  nested_clinics_lmm          = list("nested", "gaussian", "pain ~ mob + stab + (1 | clinic/athlete)"),
  nested_clinics_poisson      = list("nested", "poisson", "inj ~ mob + stab + (1 | clinic/athlete)"),
  legs_lmm                    = list("legs", "gaussian", "strength ~ mob + stab + leg + (1 | athlete/leg)"),
  legs_binomial               = list("legs", "binomial", "pain ~ mob + stab + leg + (1 | athlete/leg)"),
  wide_offset_poisson         = list("wide_offset", "poisson", "inj ~ mob + stab + offset(log(hours)) + (1 | athlete)"),
  wide_offset_poisson_slope   = list("wide_offset", "poisson", "inj ~ mob + stab + offset(log(hours)) + (1 + mob | athlete)"),
  wide_offset_nb              = list("wide_offset", "nbinom2", "inj ~ mob + stab + offset(log(hours)) + (1 | athlete)"),
  rare_binomial               = list("rare", "binomial", "event ~ mob + stab + (1 | athlete)"),
  rare_poisson                = list("rare", "poisson", "inj ~ mob + stab + (1 | athlete)"),
  near_separation_binomial    = list("near_separation", "binomial", "event ~ exposed + mob + stab + (1 | athlete)"),
  large_shape_nb              = list("large_shape", "nbinom2", "inj ~ mob + stab + (1 | athlete)"),
  small_shape_nb              = list("large_shape", "nbinom2", "over ~ mob + stab + (1 | athlete)"),
  small_shape_nb_slope        = list("large_shape", "nbinom2", "over ~ mob + stab + (1 + mob | athlete)"),
  collinear_lmm               = list("collinear", "gaussian", "pain ~ mob + twin + stab + (1 | athlete)"),
  collinear_poisson           = list("collinear", "poisson", "inj ~ mob + twin + stab + (1 | athlete)"),
  gamma_intercept             = list("durations", "gamma", "minutes ~ mob + stab + (1 | athlete)"),
  gamma_slope                 = list("durations", "gamma", "minutes ~ mob + stab + (1 + mob | athlete)"),
  crossed_weeks_lmm           = list("crossed", "gaussian", "pain ~ mob + stab + (1 | athlete) + (1 | week)"),
  crossed_weeks_poisson       = list("crossed", "poisson", "inj ~ mob + stab + (1 | athlete) + (1 | week)"),
  unlike_scales_lmm           = list("scales", "gaussian", "pain ~ steps + share + (1 | athlete)"),
  unlike_scales_poisson       = list("scales", "poisson", "inj ~ steps + share + (1 | athlete)", c(steps = 1e4, share = 1e-4))
)
families <- list(poisson = poisson(), binomial = binomial(), nbinom2 = nbinom2(), gamma = Gamma(link = "log"))
random_of <- function(vc) lapply(vc, function(x) list(sd = unname(attr(x, "stddev")),
  cor = if (nrow(x) > 1) x[1, 2] / prod(attr(x, "stddev")) else NULL))
linear <- function(f, d, reml) {
  m <- lmerTest::lmer(f, d, REML = reml, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5)))
  cf <- coef(summary(m))
  list(engine = "lme4, lmerTest Satterthwaite", method = if (reml) "REML" else "ML", converged = m@optinfo$conv$opt == 0,
       loglik = as.numeric(logLik(m)), term = rownames(cf), estimate = unname(cf[, 1]), std_error = unname(cf[, 2]),
       df = unname(cf[, "df"]), random = random_of(VarCorr(m)), sigma = sigma(m), singular = isSingular(m))
}
at_bound <- function(f, d, family) {
  m <- glmer(f, d, family = family, control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-11, optCtrl = list(rhoend = 1e-8, maxfun = 1e5)))
  cf <- coef(summary(m))
  list(engine = "lme4 glmer, tolPwrss 1e-11", method = "ML, Laplace", converged = m@optinfo$conv$opt == 0,
       loglik = as.numeric(logLik(m)), term = rownames(cf), estimate = unname(cf[, 1]), std_error = unname(cf[, 2]),
       random = random_of(VarCorr(m)), sigma = 1, singular = isSingular(m))
}
general <- function(f, d, family) {
  m <- suppressWarnings(glmmTMB(f, d, family = families[[family]], control = glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4))))
  g <- if (family %in% c("poisson", "binomial")) at_bound(f, d, family)
  if (!isTRUE(m$sdr$pdHess) && isTRUE(g$singular)) return(c(g, list(glmmtmb_loglik = -m$fit$objective)))
  cf <- summary(m)$coefficients$cond
  gradient <- as.numeric(m$obj$gr(m$fit$par))
  decrement <- as.numeric(gradient %*% m$sdr$cov.fixed %*% gradient) / 2
  list(engine = "glmmTMB", method = "ML, Laplace",
       converged = m$fit$convergence == 0 && isTRUE(m$sdr$pdHess) && decrement < 5e-7,
       code = m$fit$convergence, pd_hessian = isTRUE(m$sdr$pdHess), decrement = decrement,
       loglik = -m$fit$objective, glmer_loglik = g$loglik, term = rownames(cf), estimate = unname(cf[, 1]),
       std_error = unname(cf[, 2]), random = random_of(VarCorr(m)$cond), sigma = sigma(m))
}
out <- list(versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4")),
  lmerTest = as.character(packageVersion("lmerTest")), glmmTMB = as.character(packageVersion("glmmTMB"))), fits = list())
for (key in names(models)) {
  d <- read.csv(paste0(models[[key]][[1]], ".csv"), stringsAsFactors = TRUE)
  family <- models[[key]][[2]]; f <- as.formula(models[[key]][[3]])
  by <- if (length(models[[key]]) > 3) models[[key]][[4]]
  for (column in names(by)) d[[column]] <- d[[column]] / by[[column]]
  fitted <- suppressMessages(if (startsWith(family, "gaussian")) linear(f, d, family == "gaussian") else general(f, d, family))
  back <- rep(1, length(fitted$term)); back[match(names(by), fitted$term)] <- by
  fitted$estimate <- unname(fitted$estimate / back); fitted$std_error <- unname(fitted$std_error / back)
  out$fits[[key]] <- c(list(data = models[[key]][[1]], family = sub("_ml", "", sub("nbinom2", "negativebinomial", family)),
                            formula = models[[key]][[3]], rows = nrow(d)), fitted)
  cat(sprintf("%-27s %-5s ll %.6f  glmer %s  decrement %s %s\n", key, fitted$converged, fitted$loglik,
    if (is.null(fitted$glmer_loglik)) "-" else sprintf("%.1e", fitted$glmer_loglik - fitted$loglik),
    if (is.null(fitted$decrement)) "-" else sprintf("%.1e", fitted$decrement), fitted$engine))
}
write_json(out, "more.fits.json", digits = I(14), auto_unbox = TRUE, pretty = TRUE, null = "null")
