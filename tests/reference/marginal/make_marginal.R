# Reference for tests/models/test_marginal.py. Run: Rscript make_marginal.R ../athlete_weeks_1k.csv marginal.json
# Needs R 4.2.2 with lme4, lmerTest, emmeans, numDeriv, jsonlite (Debian: r-cran-lme4 r-cran-lmertest r-cran-emmeans
# r-cran-numderiv r-cran-jsonlite). marginaleffects is not in Debian 12: averages on the response scale are computed here
# as it computes them (every row twice, mean of the differences, delta method by numerical derivatives), the random
# effects integrated by R's integrate() or exp(s2 / 2). The estimates and their covariance go into the file too, so that
# the step after the fit can be told from the fit.
a <- commandArgs(TRUE)
suppressMessages({library(jsonlite); library(lme4); library(lmerTest); library(emmeans); library(numDeriv); library(splines)})
d <- read.csv(a[1]); d$athlete <- factor(d$athlete); d$site <- paste0("c", d$clinic)
tight <- lme4::lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
gtight <- lme4::glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), tolPwrss = 1e-10)
packages <- c("lme4", "lmerTest", "emmeans", "numDeriv")
out <- list(versions = c(R = R.version.string, sapply(packages, function(p) as.character(packageVersion(p)))))
rows <- function(g) { s <- as.data.frame(summary(g, infer = c(TRUE, TRUE)))
  names(s) <- sub("^lower.CL$|^asymp.LCL$", "ci_low", sub("^upper.CL$|^asymp.UCL$", "ci_high", names(s)))
  names(s)[names(s) == "SE"] <- "std_error"; names(s)[names(s) == "p.value"] <- "p_value"
  names(s)[names(s) %in% c("emmean", "rate", "prob")] <- "estimate"; s$df <- ifelse(is.finite(s$df), s$df, NA)
  s[intersect(c("mob", "stab", "age", "estimate", "std_error", "df", "ci_low", "ci_high", "p_value"), names(s))] }

# Linear mixed model: interaction, spline, levels. emmeans holds the other columns at their means and weighs levels by
# their number of rows; for a model linear in them that is the mean over rows. age is bent, so it is given.
m <- lmerTest::lmer(pain ~ mob * stab + bs(age, df = 4) + site + (1 + mob | athlete), d, control = tight)
at <- list(mob = c(0, 1), stab = c(0, 1), age = c(-0.5, 1))
g <- emmeans(m, ~ mob + stab + age, at = at, weights = "proportional", lmer.df = "satterthwaite")
out$lmm_curve <- rows(g)
out$lmm_change <- rows(contrast(g, "trt.vs.ctrl", by = c("stab", "age"), simple = "mob"))
split <- emmeans(m, ~ mob + stab, at = list(mob = c(0.5, 1), stab = c(0.5, 0), age = 0), weights = "proportional",
                 lmer.df = "satterthwaite")   # rows: (.5,.5) (1,.5) (.5,0) (1,0)
out$lmm_split <- rows(contrast(split, list(half = c(1, 0, 0, -1))))
levels <- emmeans(m, ~ site, at = list(age = 0), lmer.df = "satterthwaite")
out$lmm_levels <- rows(contrast(levels, list(c3 = c(-1, 0, 0, 1))))

# Poisson: link scale and IRR at given values of the interaction (emmeans, type = "response").
p <- glm(inj ~ mob * stab + age + sex + offset(off), poisson, d, control = list(epsilon = 1e-14))
q <- emmeans(p, ~ mob | stab, at = list(mob = c(0, 0.3), stab = c(-1, 1)), offset = 0)
out$poisson_link <- rows(contrast(q, "trt.vs.ctrl"))
i <- as.data.frame(summary(contrast(q, "trt.vs.ctrl"), type = "response", infer = c(TRUE, TRUE)))
out$poisson_ratio <- data.frame(stab = as.numeric(as.character(i$stab)), estimate = i$ratio, std_error = i$SE, ci_low = i$asymp.LCL,
                                ci_high = i$asymp.UCL, p_value = i$p.value)
# Typical athlete (random effects 0), one row of covariates: emmeans on the response scale.
t <- lme4::glmer(prob ~ mob + stab + (1 | athlete), d, binomial, control = gtight)
e <- as.data.frame(summary(emmeans(t, ~ mob, at = list(mob = c(-1, 0, 1), stab = 0.5)), type = "response"))
out$logit_typical <- data.frame(mob = e$mob, estimate = e$prob, ci_low = e$asymp.LCL, ci_high = e$asymp.UCL, std_error = e$SE)

# Response scale, averaged: gradient in the fixed effects by Richardson extrapolation.
averaged <- function(m, formula, mean_of, first, second, weight, b = fixef(m), v = as.matrix(vcov(m))) {
  x <- function(change) model.matrix(formula, transform_with(change)); x1 <- x(first); x0 <- x(second)
  f <- function(b) sum(weight * (mean_of(x1, transform_with(first), b) - mean_of(x0, transform_with(second), b)))
  one <- function(b) sum(weight * mean_of(x1, transform_with(first), b))
  se <- function(h) { j <- jacobian(h, b); sqrt(drop(j %*% v %*% t(j))) }
  list(difference = f(b), difference_error = se(f), first = one(b), first_error = se(one), beta = b, vcov = unname(v))
}
transform_with <- function(change) { e <- d; for (n in names(change)) e[[n]] <- change[[n]](d); e }
each_row <- rep(1 / nrow(d), nrow(d))
# Athletes above the mean age keep 8 weeks, the others 20.
k <- d[d$week < ave(d$age, d$athlete, FUN = function(z) ifelse(z[1] > 0, 8, 20)), ]
plus <- list(mob = function(e) e$mob + 0.3)
same <- list(mob = function(e) e$mob)

out$poisson_average <- averaged(p, ~ mob * stab + age + sex, function(x, e, b) exp(drop(x %*% b) + e$off), plus, same,
                                each_row, coef(p), vcov(p))
r <- lme4::glmer(inj ~ mob * stab + age + offset(off) + (1 + mob | athlete), d, poisson, control = gtight)
G <- VarCorr(r)$athlete[, ]; spread <- function(e) { z <- cbind(1, e$mob); rowSums((z %*% G) * z) }
out$poisson_slope <- averaged(r, ~ mob * stab + age, function(x, e, b) exp(drop(x %*% b) + e$off + spread(e) / 2),
                              list(mob = function(e) 0.5, stab = function(e) 0.5), list(mob = function(e) 1, stab = function(e) 0),
                              each_row)
out$poisson_slope$G <- unname(G)
l <- lme4::glmer(prob ~ mob * sex + age + (1 | athlete), d, binomial, control = gtight)
s <- attr(VarCorr(l)$athlete, "stddev")[[1]]
over_b <- function(eta) vapply(eta, function(h) integrate(function(u) plogis(h + s * u) * dnorm(u), -Inf, Inf,
                                                          rel.tol = 1e-10, abs.tol = 0)$value, 0)
out$logit_average <- averaged(l, ~ mob * sex + age, function(x, e, b) over_b(drop(x %*% b)), plus, same, each_row)
out$logit_average$sd <- s

# Uneven athletes, each counting the same.
d <- k; each_athlete <- unname(1 / (length(unique(d$athlete)) * table(d$athlete)[as.character(d$athlete)]))
o <- glm(prob ~ mob * age, binomial, d, control = list(epsilon = 1e-14))
out$by_athlete <- averaged(o, ~ mob * age, function(x, e, b) plogis(drop(x %*% b)), plus, same, as.numeric(each_athlete),
                           coef(o), vcov(o))
out$by_athlete$rows <- nrow(d)
write_json(out, a[2], digits = I(14), auto_unbox = TRUE, pretty = TRUE)
