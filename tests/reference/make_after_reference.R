# Reference for tests/models/test_{compare,explained,residual,collinear}.py: what is computed after a fit.
# Run: Rscript make_after_reference.R athlete_weeks_1k.csv sleepstudy.csv OUT.json
# Needs R with lme4, lmerTest, car, nlme, jsonlite (Debian: r-cran-lme4 r-cran-lmertest r-cran-car r-cran-nlme r-cran-jsonlite).
# R² follows supplement 2 of Nakagawa, Johnson and Schielzeth 2017 line by line on lme4 fits (MuMIn was not at hand).
a <- commandArgs(TRUE)
suppressMessages({library(jsonlite); library(lme4); library(lmerTest); library(car); library(nlme)})
d <- read.csv(a[1]); d$athlete <- factor(d$athlete); d$clinic <- factor(d$clinic)
d$age3 <- cut(d$age, c(-Inf, -0.5, 0.5, Inf), labels = c("young", "mid", "old"))
tight <- lme4::lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
gtight <- lme4::glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), tolPwrss = 1e-10)
out <- list(versions = lapply(c(lme4 = "lme4", lmerTest = "lmerTest", car = "car", nlme = "nlme"),
                              function(p) as.character(packageVersion(p))))
m1 <- lme4::lmer(pain ~ mob + (1 | athlete), d, REML = FALSE, control = tight)
m2 <- lme4::lmer(pain ~ mob * stab + (1 | athlete), d, REML = FALSE, control = tight)
v <- anova(m1, m2)
out$lrt <- list(chi2 = v$Chisq[2], df = v$Df[2], p_value = v[["Pr(>Chisq)"]][2], aic = v$AIC, bic = v$BIC)
w <- lmerTest::lmer(pain ~ mob * stab + hip + sex + (1 + mob | athlete), d, control = tight)
L <- matrix(0, 3, 6); L[cbind(1:3, c(2, 3, 6))] <- 1   # mob, stab, mob:stab
k <- lmerTest::contest(w, L, joint = TRUE)
out$wald <- list(F = k[["F value"]], df = k$NumDF, df_residual = k$DenDF, p_value = k[["Pr(>F)"]])
lin <- lm(pain ~ mob * stab + C(clinic) + age3 + hip, d)
out$vif_lm <- as.data.frame(car::vif(lin)); out$vif_lm$term <- rownames(out$vif_lm)
g <- lme4::glmer(inj ~ mob * stab + age3 + hip + offset(off) + (1 | athlete), d, poisson, control = gtight)
out$vif_glmer <- as.data.frame(car::vif(g)); out$vif_glmer$term <- rownames(out$vif_glmer)
rdf <- df.residual(g); pearson <- residuals(g, type = "pearson")
out$dispersion <- list(chi2 = sum(pearson^2), df = rdf, zeros = sum(exp(-fitted(g))))
r2 <- function(m, d0, d1) { f <- var(as.vector(model.matrix(m) %*% fixef(m)))
  z <- as.matrix(getME(m, "Z")); s <- as.matrix(bdiag_cov(m)); re <- sum(diag(z %*% s %*% t(z))) / nrow(z)
  list(fixed = f, random = re, lognormal = c(f, f + re) / (f + re + d0), trigamma = c(f, f + re) / (f + re + d1)) }
bdiag_cov <- function(m) { l <- getME(m, "Lambda"); sigma(m)^2 * l %*% Matrix::t(l) }
s <- lme4::lmer(pain ~ mob + stab + (1 + mob | athlete), d, control = tight)
out$r2_slope <- r2(s, sigma(s)^2, sigma(s)^2)
b <- lme4::glmer(prob ~ mob + stab + (1 | athlete), d, binomial, control = gtight)
out$r2_binomial <- r2(b, pi^2 / 3, pi^2 / 3)
p <- lme4::glmer(inj ~ mob + stab + (1 | athlete), d, poisson, control = gtight)
p0 <- lme4::glmer(inj ~ 1 + (1 | athlete), d, poisson, control = gtight)
lambda <- exp(fixef(p0)[[1]] + 0.5 * VarCorr(p0)$athlete[1])
out$r2_poisson <- c(r2(p, log(1 + 1 / lambda), trigamma(lambda)), lambda = lambda)
n <- lme4::glmer.nb(injnb ~ mob + stab + (1 | athlete), d, control = gtight)
n0 <- lme4::glmer.nb(injnb ~ 1 + (1 | athlete), d, control = gtight)
th <- getME(n, "glmer.nb.theta"); lambda <- exp(fixef(n0)[[1]] + 0.5 * VarCorr(n0)$athlete[1])
out$r2_negativebinomial <- c(r2(n, log(1 + 1 / lambda + 1 / th), trigamma(1 / (1 / lambda + 1 / th))), lambda = lambda)
y <- read.csv(a[2]); y$e <- residuals(lm(Reaction ~ Days, y))
acf <- ACF(gls(Reaction ~ Days, y, correlation = NULL), form = ~ 1 | Subject, maxLag = 4)
out$acf <- acf$ACF[2:5]
write_json(out, a[3], digits = I(14), auto_unbox = TRUE, pretty = TRUE)
