/* SPDX-License-Identifier: Apache-2.0 */
/* words: printf */
/*
 * printf of a kernel (OpenCL C 1.2, 6.12.13): C's, and vectors %v4f with the lengths hh, h, hl, l of their elements. It
 * goes to standard error: a runner's standard output is its records'.
 */
#include "../abi.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELEMENTS_MOST 16

/* A conversion: "%-8.3v4hlf" is flags, width and precision "-8.3", 4 elements of "hl", printed as 'f'. */
struct conversion {
    char plain[32]; /* "%" flags width precision, without the length */
    int elements;   /* 0: a scalar */
    char length[3];
    char letter;
};

static const char *parse(struct conversion *out, const char *at)
{
    size_t used = strspn(at + 1, "-+ #0123456789.*") + 1;
    *out = (struct conversion){.elements = 0};
    memcpy(out->plain, at, used < sizeof out->plain ? used : sizeof out->plain - 1);
    at += used;
    if (*at == 'v') {
        char *end;
        out->elements = (int)strtol(at + 1, &end, 10);
        at = end;
    }
    used = strspn(at, "hlLjzt");
    memcpy(out->length, at, used < 2 ? used : 2);
    at += used;
    out->letter = *at;
    return *at ? at + 1 : at;
}

/* Bytes of an element in memory: hh 1, h 2, hl 4, l 8. */
static size_t element_bytes(const struct conversion *c)
{
    return strcmp(c->length, "hh") == 0 ? 1 : strcmp(c->length, "h") == 0 ? 2 : strcmp(c->length, "l") == 0 ? 8 : 4;
}
static void print_element(const struct conversion *c, const unsigned char *at, size_t bytes)
{
    char format[40];
    if (strchr("aAeEfFgG", c->letter)) {
        float narrow = 0;
        double value = 0;
        memcpy(bytes == 8 ? (void *)&value : (void *)&narrow, at, bytes);
        snprintf(format, sizeof format, "%s%c", c->plain, c->letter);
        fprintf(stderr, format, bytes == 8 ? value : (double)narrow);
        return;
    }
    long long value = 0;
    memcpy(&value, at, bytes);
    if (strchr("di", c->letter) && bytes < 8) {
        value = (long long)((unsigned long long)value << (64 - 8 * bytes)) >> (64 - 8 * bytes);
    }
    snprintf(format, sizeof format, "%sll%c", c->plain, c->letter);
    fprintf(stderr, format, value);
}

/* A vector travels through `...` as one of its own size; clang passes it so, and takes it back by the same type. */
typedef unsigned char bytes_2 __attribute__((ext_vector_type(2)));
typedef unsigned char bytes_4 __attribute__((ext_vector_type(4)));
typedef unsigned char bytes_8 __attribute__((ext_vector_type(8)));
typedef unsigned char bytes_16 __attribute__((ext_vector_type(16)));
typedef unsigned char bytes_32 __attribute__((ext_vector_type(32)));
typedef unsigned char bytes_64 __attribute__((ext_vector_type(64)));
typedef unsigned char bytes_128 __attribute__((ext_vector_type(128)));
#define TAKE(n)                                                                                    \
    case n: {                                                                                      \
        const bytes_##n taken = va_arg(*ap, bytes_##n);                                            \
        memcpy(v, &taken, n);                                                                      \
        break;                                                                                     \
    }
static void print_vector(const struct conversion *c, va_list *ap)
{
    unsigned char v[128] = {0};
    size_t bytes = element_bytes(c);
    switch (bytes * (size_t)(c->elements == 3 ? 4 : c->elements)) {
        TAKE(2)
        TAKE(4)
        TAKE(8)
        TAKE(16)
        TAKE(32)
        TAKE(64)
        TAKE(128)
    default:
        break;
    }
    for (int i = 0; i < c->elements && i < ELEMENTS_MOST; ++i) {
        fputs(i ? "," : "", stderr);
        print_element(c, v + (size_t)i * bytes, bytes);
    }
}

static void print_scalar(const struct conversion *c, va_list *ap)
{
    char format[40];
    const int wide = c->length[0] == 'l' || c->length[0] == 'j' || c->length[0] == 'z' || c->length[0] == 't';
    snprintf(format, sizeof format, "%s%s%c", c->plain, c->length[0] == 'l' ? "l" : c->length, c->letter);
    if (strchr("aAeEfFgG", c->letter)) {
        fprintf(stderr, format, va_arg(*ap, double));
    } else if (c->letter == 's' || c->letter == 'p') {
        fprintf(stderr, format, va_arg(*ap, void *));
    } else if (wide) {
        fprintf(stderr, format, va_arg(*ap, long));
    } else {
        fprintf(stderr, format, va_arg(*ap, int));
    }
}

SB_TWIN_HIDDEN int sb_twin_printf(const char *format, ...) __asm__("sb_twin_printf");
int sb_twin_printf(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    while (*format) {
        const size_t text = strcspn(format, "%");
        fwrite(format, 1, text, stderr);
        format += text;
        if (*format && format[1] == '%') {
            fputc('%', stderr);
            format += 2;
        } else if (*format) {
            struct conversion c;
            format = parse(&c, format);
            if (c.elements > 0) {
                print_vector(&c, &ap);
            } else {
                print_scalar(&c, &ap);
            }
        }
    }
    va_end(ap);
    return 0;
}
