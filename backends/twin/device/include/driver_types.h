/* SPDX-License-Identifier: Apache-2.0 */
/* The twin has its own device language (../cuda.h), included before the source. */
