// Dropout from a counter on a GPU: the draws, the positions and the rounding of DropoutKernel, so that the bits are the CPU's.
// A thread does one Philox block, that is eight positions 16 apart. In OpenCL C, so that plain clang makes PTX of it:
//
//   clang -x cl -cl-std=CL2.0 -target nvptx64-nvidia-cuda -march=sm_60 -O3 -ffp-contract=off -S -o dropout.ptx dropout.cl
//
// dropout.ptx beside it is its output, and what the library carries (CudaDropout).

typedef unsigned int uint32;
typedef unsigned long uint64;

static uint64 thread_index(void) {
    return (uint64)__nvvm_read_ptx_sreg_ctaid_x() * __nvvm_read_ptx_sreg_ntid_x() + __nvvm_read_ptx_sreg_tid_x();
}

// Philox4x32-10 (Salmon et al., 2011).
static void philox(uint32 k0, uint32 k1, uint32 c0, uint32 c1, uint32 c2, uint32 c3, uint32 *words) {
#pragma unroll
    for (int round = 0; round < 10; round++) {
        uint64 p0 = (uint64)0xD2511F53u * c0, p1 = (uint64)0xCD9E8D57u * c2;
        uint32 a = (uint32)(p1 >> 32) ^ c1 ^ k0, b = (uint32)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32)p1;
        c3 = (uint32)p0;
        c0 = a;
        c2 = b;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

static uint32 draw_of(const uint32 *words, int j) { return j % 2 == 0 ? words[j / 2] & 0xFFFFu : words[j / 2] >> 16; }

kernel void dropout_float(global const float *x, global float *y, uint64 count, uint32 k0, uint32 k1, uint32 step,
                          uint32 micro_batch, uint32 site, uint32 threshold, float scale) {
    uint64 block = thread_index(), first = block / 16 * 128 + block % 16;
    if (first >= count) return;
    uint32 words[4];
    philox(k0, k1, (uint32)block, step, micro_batch, site, words);
#pragma unroll
    for (int j = 0; j < 8; j++) {
        uint64 p = first + 16 * j;
        if (p < count) y[p] = draw_of(words, j) >= threshold ? x[p] * scale : 0.0f;
    }
}

// bfloat16 by its bits: the product in float, rounded to the nearest, ties to even; not a number stays one.
static unsigned short round_bits(float value) {
    union { float f; uint32 u; } bits = { value };
    if ((bits.u & 0x7FFFFFFFu) > 0x7F800000u) return (unsigned short)((bits.u >> 16) | 0x40u);
    return (unsigned short)((bits.u + 0x7FFFu + ((bits.u >> 16) & 1u)) >> 16);
}

kernel void dropout_bfloat16(global const unsigned short *x, global unsigned short *y, uint64 count, uint32 k0, uint32 k1,
                             uint32 step, uint32 micro_batch, uint32 site, uint32 threshold, float scale) {
    uint64 block = thread_index(), first = block / 16 * 128 + block % 16;
    if (first >= count) return;
    uint32 words[4];
    philox(k0, k1, (uint32)block, step, micro_batch, site, words);
#pragma unroll
    for (int j = 0; j < 8; j++) {
        uint64 p = first + 16 * j;
        if (p >= count) continue;
        union { uint32 u; float f; } value = { (uint32)x[p] << 16 };
        y[p] = draw_of(words, j) >= threshold ? round_bits(value.f * scale) : (unsigned short)0;
    }
}
