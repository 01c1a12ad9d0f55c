# Reference numbers for models/ordinal.py: Rscript make_ordinal.R <tests/reference> <ordinal.fits.json>
# Proportional odds by MASS::polr 7.3-58.2 (log-likelihood and estimates, tight optimiser), ordinal::clm 2022.11-16 (the
# same, Newton) and ordinal::clmm (Laplace, one random intercept: subject-specific, for comparison only). The robust
# covariance by athlete, plain and bias-reduced (Mancl and DeRouen 2001, Biometrics 57:126, eq. 4), is computed below
# from the multinomial derivatives dP/dtheta. R 4.2.2.
suppressMessages({library(MASS); library(ordinal); library(jsonlite)})
a <- commandArgs(TRUE)
d <- read.csv(file.path(a[1], "athlete_weeks_1k.csv"))
d$pain10 <- pmin(pmax(round(d$pain), 0), 10)
d$pain3 <- findInterval(d$pain, c(2, 4))
unbalanced <- read.csv(file.path(a[1], "more", "unbalanced.csv")); unbalanced$pain10 <- pmin(pmax(round(unbalanced$pain), 0), 10)

derivatives <- function(theta, x, y, cuts) {  # rows x categories: probabilities; list of d P_k / d theta
  zeta <- theta[seq_len(cuts)]; eta <- drop(x %*% theta[-seq_len(cuts)]); n <- nrow(x)
  upper <- cbind(plogis(outer(-eta, zeta, `+`)), 1); f <- cbind(dlogis(outer(-eta, zeta, `+`)), 0)
  p <- upper - cbind(0, upper[, -(cuts + 1)]); lower <- cbind(0, f[, -(cuts + 1)])
  lapply(seq_len(n), function(i) {
    j <- matrix(0, cuts + 1, length(theta))
    for (k in seq_len(cuts)) { j[k, k] <- f[i, k]; j[k + 1, k] <- -f[i, k] }
    j[, -seq_len(cuts)] <- -outer(f[i, ] - lower[i, ], x[i, ])
    list(info = crossprod(j, j / p[i, ]), score = j[y[i], ] / p[i, y[i]])
  })
}
one <- function(data, outcome, terms, with_clmm) {
  data$y_ <- factor(data[[outcome]]); f <- as.formula(paste("y_ ~", terms))
  m <- clm(f, data = data, control = clm.control(gradTol = 1e-12, maxIter = 200))
  q <- polr(f, data = data, control = list(reltol = 1e-15, maxit = 1000))
  stopifnot(max(abs(coef(q) - m$beta)) < 1e-4, abs(logLik(q) - logLik(m)) < 1e-7)
  x <- model.matrix(f, data)[, -1, drop = FALSE]; cuts <- nlevels(data$y_) - 1; theta <- c(m$alpha, m$beta)
  parts <- derivatives(theta, x, as.integer(data$y_), cuts)
  rows <- split(seq_along(parts), data$athlete)
  info <- lapply(rows, function(i) Reduce(`+`, lapply(parts[i], `[[`, "info")))
  score <- lapply(rows, function(i) Reduce(`+`, lapply(parts[i], `[[`, "score")))
  stopifnot(max(abs(Reduce(`+`, score))) < 1e-6)
  bread <- solve(Reduce(`+`, info)); eye <- diag(length(theta)); beta <- -seq_len(cuts)
  sandwich <- function(s) (bread %*% Reduce(`+`, lapply(s, tcrossprod)) %*% bread)
  md <- sandwich(Map(function(s, u) solve(eye - u %*% bread, s), score, info))
  r <- if (with_clmm) clmm(as.formula(paste("y_ ~", terms, "+ (1 | athlete)")), data = transform(data, athlete = factor(athlete)))
  list(outcome = outcome, terms = terms, term = names(m$beta), estimate = unname(m$beta), threshold = unname(m$alpha),
    polr = unname(coef(q)), loglik = as.numeric(logLik(m)), robust = unname(sqrt(diag(sandwich(score)))[beta]),
    bias_reduced = unname(md[beta, beta]), threshold_error = unname(sqrt(diag(md))[-beta]),
    clmm = if (with_clmm) list(estimate = unname(r$beta), std_error = unname(sqrt(diag(vcov(r)))[cuts + seq_along(r$beta)]),
      sd = unname(sqrt(unlist(VarCorr(r)))), loglik = as.numeric(r$logLik)))
}
out <- list(pain_0_10 = c(data = "athlete_weeks_1k", one(d, "pain10", "mob * stab + sex", TRUE)),
  pain_3_levels = c(data = "athlete_weeks_1k", one(d, "pain3", "mob + hip", FALSE)),
  unbalanced = c(data = "more/unbalanced", one(unbalanced, "pain10", "mob + stab", FALSE)))
write_json(list(made_by = "make_ordinal.R: R 4.2.2, MASS 7.3-58.2, ordinal 2022.11-16", fits = out), a[2], digits = I(14),
  auto_unbox = TRUE, null = "null")
