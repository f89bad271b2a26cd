using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>Autograd's view of <see cref="CounterDropout"/>: the backward applies the same mask to the gradient.</summary>
internal sealed class DropoutFunction : autograd.SingleTensorFunction<DropoutFunction>
{
    private const string CallKey = "call";

    public override string Name => nameof(DropoutFunction);

    public static Tensor Run(Tensor x, in DropoutKernel kernel)
    {
        var call = new Call(kernel);
        Tensor result = apply(x, call);
        call.Raw?.Dispose();
        return result;
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[1];
        ctx.save_data(CallKey, call);
        return call.Raw = CounterDropout.Masked((Tensor)vars[0], call.Kernel);
    }

    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(CallKey);
        Tensor gradient = CounterDropout.Masked(grad_output, call.Kernel);
        grad_output.Dispose();
        return FunctionCall.HandOver(gradient, 2);
    }

    private sealed class Call(in DropoutKernel kernel)
    {
        public DropoutKernel Kernel { get; } = kernel;

        public Tensor? Raw { get; set; }
    }
}
