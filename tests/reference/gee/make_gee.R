# Reference numbers for engine 'gee': Rscript make_gee.R <tests/reference> <gee.fits.json>
# Estimates, working correlation and robust errors by `gee` 4.13-25 (Liang and Zeger's moments) and, with weights or
# clusters that are not next to each other, by `geepack` 1.3.9 at a fixed correlation. The bias-reduced errors of Mancl
# and DeRouen 2001 (Biometrics 57:126, eq. 4) are computed below straight from the n_i x n_i matrices; the same code
# gives the estimates and plain robust errors, and the script stops where they are not those of the packages.
# apt-get install r-cran-gee r-cran-geepack r-cran-jsonlite; R 4.2.2.
suppressMessages({library(gee); library(geepack); library(jsonlite)})
a <- commandArgs(TRUE)
weeks <- read.csv(file.path(a[1], "athlete_weeks_1k.csv"))
weeks$w <- 0.5 + (weeks$week %% 4) / 2
unbalanced <- read.csv(file.path(a[1], "more", "unbalanced.csv"))
unbalanced$w <- 1 + (seq_len(nrow(unbalanced)) %% 3)
durations <- read.csv(file.path(a[1], "more", "durations.csv"))
wide <- transform(read.csv(file.path(a[1], "more", "wide_offset.csv")), off = log(hours))

by_hand <- function(formula, data, family, offset, w) {
  frame <- model.frame(formula, data); y <- model.response(frame); x <- model.matrix(formula, frame)
  id <- as.character(data$athlete); rows <- split(seq_along(y), factor(id, unique(id)))
  n <- length(y); p <- ncol(x); b <- coef(glm.fit(x, y, weights = w, offset = offset, family = family)); rho <- 0
  pairs <- sum(sapply(rows, length) * (sapply(rows, length) - 1) / 2)
  for (step in 1:500) {
    eta <- drop(x %*% b) + offset; mu <- family$linkinv(eta); v <- family$variance(mu) / w
    d <- x * family$mu.eta(eta); e <- (y - mu) / sqrt(v); phi <- sum(e^2) / (n - p)
    if (step > 1) rho <- sum(sapply(rows, function(i) (sum(e[i])^2 - sum(e[i]^2)) / 2)) / phi / (pairs - p)
    inverse <- lapply(rows, function(i) {
      r <- matrix(rho, length(i), length(i)); diag(r) <- 1
      solve(r * outer(sqrt(v[i]), sqrt(v[i])))
    })
    info <- Reduce(`+`, Map(function(i, u) crossprod(d[i, , drop = FALSE], u %*% d[i, , drop = FALSE]), rows, inverse))
    score <- Map(function(i, u) crossprod(d[i, , drop = FALSE], u %*% (y - mu)[i]), rows, inverse)
    delta <- solve(info, Reduce(`+`, score)); b <- b + drop(delta)
    if (step > 3 && max(abs(delta)) < 1e-13) break
  }
  bread <- solve(info)
  md <- Map(function(i, u) {
    di <- d[i, , drop = FALSE]
    crossprod(di, u %*% solve(diag(length(i)) - di %*% bread %*% t(di) %*% u, (y - mu)[i]))
  }, rows, inverse)
  sandwich <- function(s) bread %*% Reduce(`+`, lapply(s, tcrossprod)) %*% bread
  list(b = b, rho = rho, phi = phi, robust = sandwich(score), md = sandwich(md))
}

same <- function(x, y, tol) if (max(abs(x / y - 1)) > tol) stop(paste(c("differ:", x, "|", y), collapse = " "))
fixed <- function(formula, data, family, offset, w, rho) {
  sizes <- rle(as.character(data$athlete))$lengths
  data$off_ <- offset; data$w_ <- w; data$id_ <- match(data$athlete, unique(data$athlete))
  zcor <- matrix(rho, sum(sizes * (sizes - 1) / 2), 1)
  do.call(geeglm, list(update(formula, . ~ . + offset(off_)), id = data$id_, data = data, family = family, weights = data$w_,
    corstr = "fixed", zcor = zcor, control = geese.control(epsilon = 1e-13, maxit = 500)))
}

models <- list(
  gaussian = list(data = "athlete_weeks_1k", formula = "pain ~ mob*stab + sex", family = "gaussian"),
  poisson = list(data = "athlete_weeks_1k", formula = "inj ~ mob*stab + hip", family = "poisson", offset = "off"),
  binomial = list(data = "athlete_weeks_1k", formula = "prob ~ mob*stab + hip + sex", family = "binomial"),
  gaussian_weights = list(data = "athlete_weeks_1k", formula = "pain ~ mob*stab + sex", family = "gaussian", weights = "w"),
  poisson_weights = list(data = "athlete_weeks_1k", formula = "inj ~ mob + stab", family = "poisson", offset = "off", weights = "w"),
  binomial_weights = list(data = "athlete_weeks_1k", formula = "prob ~ mob + sex", family = "binomial", weights = "w"),
  unbalanced_gaussian = list(data = "more/unbalanced", formula = "pain ~ mob + stab", family = "gaussian", weights = "w"),
  unbalanced_poisson = list(data = "more/unbalanced", formula = "inj ~ mob + stab", family = "poisson"),
  gamma = list(data = "more/durations", formula = "minutes ~ mob + stab", family = "gamma"),
  wide_offset = list(data = "more/wide_offset", formula = "inj ~ mob + stab", family = "poisson", offset = "off")
)
frames <- list(athlete_weeks_1k = weeks, "more/unbalanced" = unbalanced, "more/durations" = durations, "more/wide_offset" = wide)
families <- list(gaussian = gaussian(), poisson = poisson(), binomial = binomial(), gamma = Gamma("log"))
out <- lapply(models, function(m) {
  data <- frames[[m$data]]; family <- families[[m$family]]; f <- as.formula(m$formula)
  offset <- if (is.null(m$offset)) rep(0, nrow(data)) else data[[m$offset]]
  w <- if (is.null(m$weights)) rep(1, nrow(data)) else data[[m$weights]]
  found <- by_hand(f, data, family, offset, w)
  if (is.null(m$weights)) {
    data$off_ <- offset; data$id_ <- match(data$athlete, unique(data$athlete))
    sink("/dev/null")
    g <- do.call(gee, list(update(f, . ~ . + offset(off_)), id = data$id_, data = data, family = family,
      corstr = "exchangeable", tol = 1e-13, maxiter = 500, silent = TRUE, b = unname(found$b)))
    sink()
    same(found$b, coef(g), 1e-7); same(sqrt(diag(found$robust)), sqrt(diag(g$robust.variance)), 1e-7)
    same(found$rho, max(g$working.correlation[1, 2]), 1e-7); same(found$phi, g$scale, 1e-7)
  }
  k <- fixed(f, data, family, offset, w, found$rho)
  same(found$b, coef(k), 1e-6); same(sqrt(diag(found$robust)), summary(k)$coefficients[, "Std.err"], 1e-6)
  list(data = m$data, formula = m$formula, family = m$family, offset = m$offset, weights = m$weights,
    term = names(found$b), estimate = unname(found$b), rho = found$rho, phi = found$phi,
    robust = unname(sqrt(diag(found$robust))), bias_reduced = unname(found$md))
})
write_json(list(made_by = "make_gee.R: R 4.2.2, gee 4.13-25, geepack 1.3.9", fits = out), a[2], digits = I(14),
  auto_unbox = TRUE, null = "null")
