# Rubin's rules as R's mice has them, for tests/models/test_pool.py. Run: Rscript make_pool.R .
# Writes frames.csv (six completed frames of simulated numbers, no persons in them) and pool.json. Needs R with mice and
# jsonlite (Debian: r-cran-mice r-cran-jsonlite).
a <- commandArgs(TRUE)
suppressMessages({library(mice); library(jsonlite)})
set.seed(20)
n <- 40; m <- 6
x1 <- rnorm(n); x2 <- 0.5 * x1 + rnorm(n); y <- 1 + 0.4 * x1 - 0.3 * x2 + rnorm(n)
d <- data.frame(y, x1, x2); d$y[sample(n, 11)] <- NA; d$x2[sample(n, 7)] <- NA
imp <- mice(d, m = m, method = "norm", maxit = 5, seed = 3, printFlag = FALSE)
frames <- complete(imp, "long")[c(".imp", "y", "x1", "x2")]
names(frames)[1] <- "imputation"
frames[-1] <- round(frames[-1], 6)
write.csv(frames, file.path(a[1], "frames.csv"), row.names = FALSE)
fits <- lapply(split(frames, frames$imputation), function(f) lm(y ~ x1 + x2, f))
pooled <- pool(as.mira(fits))
scalar <- function(q, u, n) pool.scalar(q, u, n = n, k = 1)[c("qbar", "ubar", "b", "t", "df", "r", "fmi")]
cases <- list(
  infinite = list(q = c(0.31, 0.45, 0.28, 0.52, 0.39), u = c(0.010, 0.012, 0.009, 0.011, 0.010), n = Inf),
  small = list(q = c(-1.2, -0.7, -1.6), u = c(0.2, 0.25, 0.22), n = 13),
  little = list(q = c(2.001, 2.000, 2.0005, 2.0015), u = c(0.0004, 0.0004, 0.0005, 0.0004), n = 101),
  much = list(q = c(1, 3, 2, 5, -1, 4, 0, 2), u = rep(0.3, 8), n = 60))
out <- list(versions = list(R = R.version.string, mice = as.character(packageVersion("mice"))),
  scalar = lapply(cases, function(case) {
    case$dfcom <- if (is.infinite(case$n)) NULL else case$n - 1
    case$found <- scalar(case$q, case$u, case$n); case$n <- NULL; case }),
  pool = as.list(transform(pooled$pooled, term = as.character(term))),
  summary = as.list(transform(summary(pooled, conf.int = TRUE), term = as.character(term))))
write_json(out, file.path(a[1], "pool.json"), digits = I(15), auto_unbox = TRUE, pretty = TRUE)
