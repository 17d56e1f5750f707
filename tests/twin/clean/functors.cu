// SPDX-License-Identifier: Apache-2.0
// Templates over functors, operators of a complex struct, a lambda, if constexpr, enum class.
// launch: transform<square><<<2, 32>>>(z, w, 60)
// launch: transform<scale><<<2, 32>>>(w, z, 60)
// array: z double2[60] inout random
// array: w double2[60] inout zero
struct complex {
    double re, im;
    __host__ __device__ complex operator*(const complex &o) const { return {re * o.re - im * o.im, re * o.im + im * o.re}; }
    __host__ __device__ complex &operator+=(const complex &o)
    {
        re += o.re;
        im += o.im;
        return *this;
    }
};
enum class kind : unsigned char { pointwise, scaled };
struct square {
    static constexpr kind what = kind::pointwise;
    __device__ complex operator()(complex v) const { return v * v; }
};
struct scale {
    static constexpr kind what = kind::scaled;
    __device__ complex operator()(complex v) const { return v * complex{0.5, 0.0}; }
};

template <typename F> __global__ void transform(const void *in, void *out, int n)
{
    const auto *from = static_cast<const complex *>(in);
    auto *to = static_cast<complex *>(out);
    const auto index = [&] { return static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); };
    if (const int i = index(); i < n) {
        complex v = F{}(from[i]);
        if constexpr (F::what == kind::scaled) {
            v += complex{1.0, 0.0};
        }
        to[i] = v;
    }
}
