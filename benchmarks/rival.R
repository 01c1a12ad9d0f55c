# One fit by lme4 or glmmTMB, timed: Rscript rival.R PROGRAM DATA.csv ANSWER.json FORMULA FAMILY ENOUGH_S MOST_CALLS
# CPU seconds (user + system) of the fit alone; a short one is repeated and the quickest counts, as in measure.py.
# "lme4 tight" stops later than the defaults, which leave a GLMM's log-likelihood up to 0.03 short.
a <- commandArgs(TRUE)
program <- a[1]; family <- a[5]; enough <- as.numeric(a[6]); most <- as.integer(a[7])
package <- sub(" .*", "", program)
if (!requireNamespace(package, quietly = TRUE)) stop("package ", package, " not found")
suppressMessages(library(package, character.only = TRUE))
d <- read.csv(a[2]); d$athlete <- factor(d$athlete); d$clinic <- factor(d$clinic)
f <- as.formula(a[4]); tight <- grepl("tight", program)

fit <- function() {
  if (package == "glmmTMB") {
    of <- switch(family, gaussian = gaussian(), poisson = poisson(), binomial = binomial(), negativebinomial = nbinom2())
    return(glmmTMB(f, d, family = of, REML = family == "gaussian"))
  }
  if (family == "gaussian") {
    control <- if (tight) lmerControl("bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5)) else lmerControl()
    return(lmer(f, d, REML = TRUE, control = control))
  }
  control <- if (tight) glmerControl("bobyqa", tolPwrss = 1e-11, optCtrl = list(rhoend = 1e-8, maxfun = 1e5)) else glmerControl()
  if (family == "negativebinomial") return(glmer.nb(f, d, control = control))
  glmer(f, d, family = family, control = control)
}

best <- Inf; spent <- 0
for (i in seq_len(most)) {
  before <- proc.time()
  m <- suppressMessages(suppressWarnings(fit()))
  took <- sum((proc.time() - before)[c("user.self", "sys.self")])
  best <- min(best, took); spent <- spent + took
  if (spent >= enough) break
}
said <- if (package == "glmmTMB") {
  if (m$fit$convergence == 0) "" else paste("says:", m$fit$message)
} else paste(unique(c(if (m@optinfo$conv$opt != 0) "optimiser stopped early", m@optinfo$conv$lme4$messages)), collapse = "; ")
quoted <- gsub('"', "'", gsub("[\\\\[:cntrl:]]", " ", said))
cat(sprintf('{"seconds": %.4f, "loglik": %.9f, "note": "%s"}', best, as.numeric(logLik(m)), quoted), file = a[3])
