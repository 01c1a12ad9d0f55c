# Reference for tests/claims/injuries/test_recurrent.py and tests/claims/injuries/test_severity.py.
# Run in this folder: Rscript make_injuries.R injuries.json
# Needs R with survival and jsonlite (Debian: r-cran-survival r-cran-jsonlite).
a <- commandArgs(TRUE)
suppressMessages({library(survival); library(jsonlite)})
d <- read.csv("weeks.csv"); d <- d[order(d$athlete_id, d$week_in_programme), ]
d$log_h <- log(d$exposure_h); d$start <- d$week_in_programme; d$stop <- d$start + 1
d$before <- ave(d$new_injuries, d$athlete_id, FUN = function(n) cumsum(n) - n)
told <- function(m) { s <- summary(m)$coefficients
  list(term = rownames(s), estimate = s[, "coef"], robust_se = s[, "robust se"], n_events = m$nevent) }
f <- Surv(start, stop, new_injuries) ~ mobility + stability + offset(log_h)
g <- function(data, formula = f) coxph(formula, data, ties = "breslow", cluster = athlete_id)
out <- list(version = as.character(packageVersion("survival")),
  andersen_gill = told(g(d)), first_only = told(g(d[d$before == 0, ])),
  # one baseline for all numbers of earlier injuries, multiplied by a factor for 1 and for 2 and more
  by_earlier = told(g(transform(d, stratum = factor(pmin(before, 2))), update(f, . ~ . + stratum))),
  # a baseline of its own for each (Prentice, Williams and Peterson, total time)
  pwp = told(g(transform(d, stratum = pmin(before, 2)), update(f, . ~ . + strata(stratum)))))
t <- read.csv("days.csv")
s <- survfit(Surv(time_loss_days, 1 - still_open) ~ 1, t, conf.type = "log-log")
q <- quantile(s, c(0.25, 0.5, 0.75))
out$quantiles <- list(estimate = q$quantile, ci_low = q$lower, ci_high = q$upper)
out$curve <- list(time = s$time, survival = s$surv, ci_low = s$lower, ci_high = s$upper)
write_json(out, a[1], digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")
