# Reference for tests/models/test_{influence,bootstrap}.py: lme4 refits without each level, and lme4's bootMer.
# Run: Rscript make_influence.R ../sleepstudy.csv ../athlete_weeks_1k.csv influence.json
# Needs R with lme4 and jsonlite (Debian: r-cran-lme4 r-cran-jsonlite). About two minutes.
# Cook's distance is written out as in influence.ME (van der Meer, te Grotenhuis and Pelzer 2010), which was not at hand.
a <- commandArgs(TRUE)
suppressMessages({library(jsonlite); library(lme4)})
sleep <- read.csv(a[1]); sleep$Subject <- factor(sleep$Subject)
weeks <- read.csv(a[2]); weeks$athlete <- factor(weeks$athlete)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
gtight <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), tolPwrss = 1e-11)
without <- function(full, data, by, refit) lapply(split(data, data[[by]]), function(own) {
  m <- refit(droplevels(data[data[[by]] != own[[by]][1], ]))
  moved <- fixef(full) - fixef(m)
  list(estimate = fixef(m), std_error = sqrt(diag(as.matrix(vcov(m)))),
       cooks = as.numeric(t(moved) %*% solve(as.matrix(vcov(full)), moved)) / length(moved)) })
lmm <- function(d) lmer(Reaction ~ Days + (1 + Days | Subject), d, control = tight)
counts <- function(d) glmer(inj ~ mob * stab + hip + offset(off) + (1 | athlete), d, poisson, control = gtight)
full <- lmm(sleep)
out <- list(versions = list(R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4"))),
            sleepstudy = without(full, sleep, "Subject", lmm),
            injuries = without(counts(weeks), weeks, "clinic", counts))
numbers <- function(m) { v <- as.data.frame(VarCorr(m)); c(fixef(m), setNames(v$sdcor, paste(v$grp, v$var1, v$var2))) }
drawn <- bootMer(full, numbers, nsim = 4000, seed = 1)$t
out$boot <- list(n = nrow(drawn), names = colnames(drawn), sd = apply(drawn, 2, sd, na.rm = TRUE),
                 low = apply(drawn, 2, quantile, 0.025, type = 6, na.rm = TRUE),
                 high = apply(drawn, 2, quantile, 0.975, type = 6, na.rm = TRUE))
write(toJSON(out, digits = 12, auto_unbox = TRUE, pretty = TRUE), a[3])
