// What stein's draws are measured against: standard Gaussian x through an integrand that is fused by hand, with mean and variance.
//
//   cc -O3 -march=x86-64-v4 -mtune=native -mprefer-vector-width=512 -o draws draws.c -lpthread -lm    (v3: AVX2; v1: SSE2)
//   ./draws INTEGRAND N THREADS                                                           (prints draws a second last)
//
// scripts/measure-draws builds it for each set of instructions that there is, and has it take turns with stein.
// INTEGRAND is i to v, or one of p1 to p5, at θ = 0.7 and σ = 1.3. GCC fuses products and sums where the instructions can.
// Sines and cosines take arguments of moderate size only, which is what these integrands have.

#include <immintrin.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
enum { LANES = 8 };
#define SQRT(a) ((V)_mm512_sqrt_pd((__m512d)(a)))
#define MAX(a, b) ((V)_mm512_max_pd((__m512d)(a), (__m512d)(b)))
#elif defined(__AVX2__)
enum { LANES = 4 };
#define SQRT(a) ((V)_mm256_sqrt_pd((__m256d)(a)))
#define MAX(a, b) ((V)_mm256_max_pd((__m256d)(a), (__m256d)(b)))
#else
enum { LANES = 2 };
#define SQRT(a) ((V)_mm_sqrt_pd((__m128d)(a)))
#define MAX(a, b) ((V)_mm_max_pd((__m128d)(a), (__m128d)(b)))
#endif

typedef double V __attribute__((vector_size(8 * LANES)));
typedef uint64_t U __attribute__((vector_size(8 * LANES)));
#define INLINE static inline __attribute__((always_inline))

// 1.5 * 2^52: adding it rounds to a whole number, which the low bits then hold.
static const double ROUND = 6755399441055744.0;
static const double THETA = 0.7, SIGMA = 1.3;
enum { BLOCK = 1024 };

INLINE V blend(U mask, V yes, V no) { return (V)((mask & (U)yes) | (~mask & (U)no)); }

// xoshiro256++ (Blackman and Vigna), a generator in each lane.
typedef struct { U a, b, c, d; } Generator;

INLINE U rotate(U word, int by) { return word << by | word >> (64 - by); }

INLINE U next(Generator *g) {
    U word = rotate(g->a + g->d, 23) + g->a, shifted = g->b << 17;
    g->c ^= g->a;
    g->d ^= g->b;
    g->b ^= g->c;
    g->a ^= g->d;
    g->c ^= shifted;
    g->d = rotate(g->d, 45);
    return word;
}

static void seed(Generator *g, uint64_t key) {
    for (size_t i = 0; i < sizeof *g / 8; i++) {
        uint64_t z = key += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        ((uint64_t *)g)[i] = z ^ z >> 31;
    }
}

// The natural logarithm of a normal number.
#if defined(__AVX512F__)
static double RECIPROCAL[16] __attribute__((aligned(64))), CENTRE[16] __attribute__((aligned(64))), ROOT[16] __attribute__((aligned(64)));

static void prepare(void) {
    for (int i = 0; i < 16; i++) {
        RECIPROCAL[i] = 1 / (1 + (i + 0.5) / 16);
        CENTRE[i] = -log(RECIPROCAL[i]);
        ROOT[i] = exp2(i / 16.0);
    }
}

INLINE V lookup(const double *table, U index) {
    return (V)_mm512_permutex2var_pd(_mm512_load_pd(table), (__m512i)index, _mm512_load_pd(table + 8));
}

INLINE V ln(V u) {
    V m = (V)_mm512_getmant_pd((__m512d)u, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_zero), e = (V)_mm512_getexp_pd((__m512d)u);
    U index = (U)u >> 48;
    V r = m * lookup(RECIPROCAL, index) - 1, r2 = r * r, r4 = r2 * r2;
    V q = ((-1.0 / 8 + r * (1.0 / 9)) * r2 + (-1.0 / 6 + r * (1.0 / 7))) * r4 + ((-0.25 + r * 0.2) * r2 + (-0.5 + r * (1.0 / 3)));
    return e * 0.693147180559945309417 + (lookup(CENTRE, index) + (r2 * q + r));
}

INLINE V expo(V y) {
    V n = y * (16 * 1.44269504088896340736) + ROUND;
    U index = (U)n;
    n -= ROUND;
    V r = y - n * (0.693147180369123816490 / 16);
    r -= n * (1.90821492927058770002e-10 / 16);
    V r2 = r * r, p = r2 * (r2 * (r2 * (1.0 / 720) + (r * (1.0 / 120) + 1.0 / 24)) + (r * (1.0 / 6) + 0.5)) + r;
    V root = lookup(ROOT, index);
    return (V)_mm512_scalef_pd((__m512d)(root * p + root), (__m512d)(n * 0.0625));
}

// A root by Newton's method is quicker than the instruction.
INLINE V root_of(V a) {
    a = MAX(a, (V){} + 1e-300);
    V y = (V)_mm512_rsqrt14_pd((__m512d)a), g = a * y, h = 0.5 * y, e = 0.5 - g * h;
    g += g * e;
    h += h * e;
    return g + g * (0.5 - g * h);
}
#else
static void prepare(void) {}

INLINE V ln(V u) {
    // u = 2^e m with m between sqrt(1/2) and sqrt(2); ln m = 2 artanh((m-1)/(m+1)).
    const uint64_t low = 0x3fe6a09e667f3bcd;
    U bits = (U)u - low, whole = bits & 0xfff0000000000000;
    V m = (V)(bits - whole + low);
    V e = (V)((whole >> 52 ^ 0x800) | 0x4330000000000000) - (4503599627370496.0 + 2048);
    V s = (m - 1) / (m + 1), z = s * s;
    V p = z * (z * (z * (z * (z * (z * (z * (1.0 / 15) + 1.0 / 13) + 1.0 / 11) + 1.0 / 9) + 1.0 / 7) + 0.2) + 1.0 / 3);
    return e * 0.693147180559945309417 + 2 * (s * p + s);
}

INLINE V expo(V y) {
    V n = y * 1.44269504088896340736 + ROUND;
    U power = (U)n << 52;
    n -= ROUND;
    V r = y - n * 0.693147180369123816490;
    r -= n * 1.90821492927058770002e-10;
    V r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    V a = (r * (1.0 / 6) + 0.5) * r2 + r, b = (r * (1.0 / 5040) + 1.0 / 720) * r2 + (r * (1.0 / 120) + 1.0 / 24);
    V c = (r * (1.0 / 39916800) + 1.0 / 3628800) * r2 + (r * (1.0 / 362880) + 1.0 / 40320);
    return (V)((U)(1 + (a + r4 * b + r8 * (c + r4 * (1.0 / 479001600)))) + power);
}

INLINE V root_of(V a) { return SQRT(a); }
#endif

// Sine and cosine up to a quarter of π (coefficients of fdlibm).
INLINE void quarter(V f, V *sine, V *cosine) {
    V z = f * f;
    V s = z * (z * (z * (z * (z * 1.58969099521155010221e-10 - 2.50507602534068634195e-08) + 2.75573137070700676789e-06) - 1.98412698298579493134e-04) + 8.33333333332248946124e-03) - 1.66666666666666324348e-01;
    V c = z * (z * (z * (z * (z * -1.13596475577881948265e-11 + 2.08757232129817482790e-09) - 2.75573143513906633035e-07) + 2.48015872894767294178e-05) - 1.38888888888741095749e-03) + 4.16666666666666019037e-02;
    *sine = z * f * s + f;
    *cosine = z * z * c + (1 - 0.5 * z);
}

// From sine and cosine of the rest to those of it and q quarter turns.
INLINE void turned(U q, V s, V c, V *sine, V *cosine) {
    U odd = (U)((q & 1) == 1);
    *sine = (V)((U)blend(odd, c, s) ^ q >> 1 << 63);
    *cosine = (V)((U)blend(odd, s, c) ^ (q + 1) >> 1 << 63);
}

INLINE void circle(V y, V *sine, V *cosine) {
    V n = y * 0.636619772367581343076 + ROUND, s, c;
    U q = (U)n;
    n -= ROUND;
    V f = y - n * 1.57079632679489655800;
    quarter(f - n * 6.12323399573676603587e-17, &s, &c);
    turned(q, s, c, sine, cosine);
}

INLINE V sine(V y) {
    V n = y * 0.318309886183790671538 + ROUND;
    U q = (U)n;
    n -= ROUND;
    V f = y - n * 3.14159265358979311600;
    f -= n * 1.22464679914735317e-16;
    V z = f * f, z2 = z * z, z4 = z2 * z2;
    V a = (z * (1.0 / 120) - 1.0 / 6), b = (z * (1.0 / 362880) - 1.0 / 5040), c = (z * (1.0 / 6227020800) - 1.0 / 39916800);
    V d = (z * (1.0 / 355687428096000) - 1.0 / 1307674368000) + z2 * (-1.0 / 121645100408832000);
    return (V)((U)(f + z * f * ((a + z2 * b) + z4 * (c + z2 * d))) ^ q << 63);
}

INLINE V cosine_of(V y) { return sine(y + 1.57079632679489661923); }

// Box and Muller.
INLINE void gaussians(Generator *g, V *x, V *y) {
    const U one = (U){} + 0x3ff0000000000000;
    U k = next(g), j = next(g);
    V u = (V)(k >> 12 | one) - (1 - 0x1p-53), s, c;
    V radius = root_of(MAX(-2 * ln(u), (V){}));
    quarter(((V)(j >> 12 | one) - 1.5) * 1.57079632679489661923, &s, &c);
    turned(j, s, c, y, x);
    *x *= radius;
    *y *= radius;
}

typedef struct { const char *integrand; long draws; uint64_t key; double count, mean, squares; } Job;

static void merge(Job *job, double count, double mean, double squares) {
    double gap = mean - job->mean, all = job->count + count;
    job->squares += squares + gap * gap * job->count * count / all;
    job->mean += gap * count / all;
    job->count = all;
}

static double total(V v) {
    double sum = 0;
    for (int i = 0; i < LANES; i++) sum += v[i];
    return sum;
}

// The loop over draws: VALUE is the integrand in x and y = θ + σ x, and w = x/σ.
#define RUN(NAME, VALUE)                                                                                \
    static void NAME(Job *job) {                                                                        \
        static _Thread_local double noise[BLOCK] __attribute__((aligned(64)));                          \
        Generator g;                                                                                    \
        seed(&g, job->key);                                                                             \
        for (long done = 0; done < job->draws; done += BLOCK) {                                         \
            for (int i = 0; i < BLOCK; i += 2 * LANES)                                                  \
                gaussians(&g, (V *)(noise + i), (V *)(noise + i + LANES));                              \
            V sum[2] = {}, squares[2] = {}, shift = (V){} + job->mean;                                  \
            for (int i = 0; i < BLOCK; i += 2 * LANES)                                                  \
                _Pragma("GCC unroll 2") for (int half = 0; half < 2; half++) {                          \
                    V x = *(V *)(noise + i + half * LANES), y = x * SIGMA + THETA, w = x * (1 / SIGMA); \
                    V v = (VALUE) - shift;                                                              \
                    sum[half] += v;                                                                     \
                    squares[half] += v * v;                                                             \
                    (void)y, (void)w;                                                                   \
                }                                                                                       \
            double s = total(sum[0] + sum[1]), q = total(squares[0] + squares[1]);                      \
            merge(job, BLOCK, job->mean + s / BLOCK, q - s * s / BLOCK);                                \
        }                                                                                               \
    }

RUN(case_i, w * (y * (y * y)))
RUN(case_ii, w * sine(y))
RUN(case_iii, w * expo(y * y * -0.5))
RUN(case_iv, w * ln(1 + expo(y)))
RUN(case_v, ({ V s, c; circle(y, &s, &c); c - w * s; }))
RUN(plain_1, w * SQRT(1 + y * y))
RUN(plain_2, w / (1 + y * y))
RUN(plain_3, MAX(y, (V){} + 0.3) * sine(2 * x))
RUN(plain_4, sine(y) * expo(x * x * (-1.0 / 3)) + x * cosine_of(2 * x))
RUN(plain_5, ({ V s = 1 / (1 + expo(-y)); w * (s * (1 - s)); }))

static const struct { const char *name; void (*run)(Job *); } RUNS[] = {
    {"i", case_i}, {"ii", case_ii}, {"iii", case_iii}, {"iv", case_iv}, {"v", case_v},
    {"p1", plain_1}, {"p2", plain_2}, {"p3", plain_3}, {"p4", plain_4}, {"p5", plain_5},
};

static void *work(void *job) {
    for (size_t i = 0; i < sizeof RUNS / sizeof *RUNS; i++)
        if (!strcmp(((Job *)job)->integrand, RUNS[i].name)) RUNS[i].run(job);
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count == 4 ? atoi(arguments[3]) : 0;
    if (threads < 1 || threads > 64) return fprintf(stderr, "usage: draws INTEGRAND N THREADS\n"), 2;
    prepare();
    Job jobs[64] = {}, all = {};
    pthread_t handles[64];
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < threads; i++) {
        jobs[i] = (Job){arguments[1], (long)(atof(arguments[2]) / threads), i + 1, 0, 0, 0};
        pthread_create(&handles[i], NULL, work, &jobs[i]);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(handles[i], NULL);
        merge(&all, jobs[i].count, jobs[i].mean, jobs[i].squares);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (end.tv_sec - start.tv_sec) + 1e-9 * (end.tv_nsec - start.tv_nsec);
    printf("mean %.6f  variance %.6f\n%.0f\n", all.mean, all.squares / all.count, all.count / seconds);
    return 0;
}
