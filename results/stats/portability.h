/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Performance portability of an application that solves a problem on a set of platforms (Pennycook, Sewall, Lee, "A Metric
 * for Performance Portability", PMBS 2016, arXiv 1611.07409; "Implications of a metric …", FGCS 92, 2019): the harmonic mean
 * of its efficiencies, |H| / Σ 1/e, and 0 where it does not run, or not right, on one of them. An efficiency is either
 * architectural (the fraction of what is attainable on the platform) or of the application (the best known time there over
 * its own).
 */
#ifndef SB_PORTABILITY_H
#define SB_PORTABILITY_H

/** Platforms so far; begins as {0}. */
struct sb_portability {
    long platforms;
    long unsupported;
    double inverses; /* Σ 1/e over the others */
};

/** Adds, takes away, a platform by its efficiency; 0 and less, and NAN, say that it is not supported. */
void sb_portability_add(struct sb_portability *p, double efficiency);
void sb_portability_remove(struct sb_portability *p, double efficiency);
/** The metric; NAN where there are no platforms. */
double sb_portability_value(const struct sb_portability *p);

#endif
