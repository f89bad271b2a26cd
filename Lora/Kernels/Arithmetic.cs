using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// Sums and scalings that are safe under garbage collection. TorchSharp's operators make a temporary <see cref="Scalar"/> (for alpha = 1,
/// too)
/// whose native part its finalizer may free while the native call still reads it; here it lives until the call has returned. Hot code uses
/// these and never the operators.
/// </summary>
public static class Arithmetic
{
    private static readonly Scalar One = 1;

    extension(Tensor x)
    {
        /// <summary>x + y, with broadcasting; a new tensor.</summary>
        public Tensor Plus(Tensor y) => x.add(y, One);

        /// <summary>x += y, with broadcasting.</summary>
        public void PlusInPlace(Tensor y) => x.add_(y, One);

        /// <summary>x times itself, what TorchSharp's square does by a power with a temporary exponent; a new tensor.</summary>
        public Tensor Squared() => x.mul(x);

        /// <summary>x plus a number; a new tensor.</summary>
        public Tensor PlusNumber(double number)
        {
            using Scalar scalar = number;
            return x.add(scalar, One);
        }

        /// <summary>x times a number; a new tensor.</summary>
        public Tensor Times(double factor)
        {
            using Scalar scalar = factor;
            return x.mul(scalar);
        }
    }
}
