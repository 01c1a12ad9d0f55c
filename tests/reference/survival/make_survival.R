# Reference for tests/surveillance/test_{survival,recurrent,ratios}.py.
# Run in this folder: Rscript make_survival.R survival.json
# Needs R with survival, mets, jsonlite (Debian: r-cran-survival r-cran-mets r-cran-jsonlite).
a <- commandArgs(TRUE)
suppressMessages({library(survival); library(mets); library(jsonlite)})
f <- read.csv("follow_up.csv"); e <- read.csv("recurrent.csv")
out <- list(versions = lapply(c(survival = "survival", mets = "mets"), function(p) as.character(packageVersion(p))))

# time to the first event; end of follow-up censors
first <- aggregate(time ~ athlete_id, e, min)
d <- merge(f, first, all.x = TRUE)
d$event <- as.integer(!is.na(d$time)); d$time <- ifelse(is.na(d$time), d$end, d$time)
curve <- function(type) { s <- survfit(Surv(time, event) ~ group, d, conf.type = type)
  m <- summary(s)$table
  list(time = s$time, group = rep(c("a", "b"), s$strata), n_risk = s$n.risk, n_events = s$n.event, survival = s$surv,
       ci_low = s$lower, ci_high = s$upper, median = m[, "median"], low = m[, "0.95LCL"], high = m[, "0.95UCL"]) }
out$log_log <- curve("log-log"); out$log <- curve("log")
k <- survdiff(Surv(time, event) ~ group, d)
out$log_rank <- list(chi2 = k$chisq, observed = k$obs, expected = k$exp, p_value = pchisq(k$chisq, 1, lower.tail = FALSE))

# mean cumulative count without a competing end: Nelson-Aalen of the counting process, robust variance by athlete
as_rows <- function(e) do.call(rbind, lapply(seq_len(nrow(f)), function(i) {
  t <- e$time[e$athlete_id == f$athlete_id[i]]; end <- f$end[i]
  stop <- c(t, if (!length(t) || max(t) < end) end)
  last <- if (length(t) && max(t) == end) -1 else 0   # an event on the last day: follow-up ends just after it
  data.frame(id = i, group = f$group[i], start = c(0, head(stop, -1)), stop = stop,
             event = c(rep(1, length(t)), if (length(stop) > length(t)) 0), competing = f$competing[i], end = end) }))
rows <- as_rows(e)
n <- survfit(Surv(start, stop, event) ~ 1, rows, id = id)
keep <- n$n.event > 0
out$nelson_aalen <- list(time = n$time[keep], mean = n$cumhaz[keep], se = n$std.chaz[keep])

# with a competing end (Ghosh & Lin 2000); mets takes tied events one after the other, so the k-th problem of a day
# (k = 0, 1, ...) is moved k/1000 days ahead; it wants the end on a row of its own, so ends move half a day on
untied <- e; untied$time <- e$time - (ave(e$time, e$time, FUN = seq_along) - 1) / 1000
rows <- as_rows(untied)
rows$death <- 0
g <- do.call(rbind, lapply(split(rows, rows$id), function(r) { end <- r$end[1] + 0.5
  if (tail(r$event, 1) == 0) { r$stop[nrow(r)] <- end; r$death[nrow(r)] <- r$competing[1] } else {
    new <- r[nrow(r), ]; new$start <- new$stop; new$stop <- end; new$event <- 0; new$death <- new$competing; r <- rbind(r, new) }
  r }))
xr <- phreg(Surv(start, stop, event) ~ cluster(id), data = g); dr <- phreg(Surv(start, stop, death) ~ cluster(id), data = g)
m <- recurrentMarginal(xr, dr)
out$ghosh_lin <- list(time = m$times, mean = m$mu, se = m$se.mu)

# ratios of two rates, conditional binomial
counts <- list(c(30, 24, 1200, 1500), c(0, 8, 400, 500), c(8, 0, 400, 500), c(3, 1, 90, 120), c(140, 95, 20000, 21000))
out$ratios <- lapply(counts, function(x) { p <- poisson.test(x[1:2], x[3:4])
  list(counts = x, ratio = p$estimate[[1]], low = p$conf.int[1], high = p$conf.int[2]) })
writeLines(toJSON(out, auto_unbox = TRUE, digits = 12, na = "null"), a[1])
