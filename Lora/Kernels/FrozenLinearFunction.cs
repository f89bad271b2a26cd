using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>Autograd's view of a <see cref="FrozenLinear"/> on packed weights. Nothing is saved: the gradient of x needs W alone.</summary>
internal sealed class FrozenLinearFunction : autograd.SingleTensorFunction<FrozenLinearFunction>
{
    private const string CallKey = "call";

    public override string Name => nameof(FrozenLinearFunction);

    public static Tensor Run(FrozenLinear linear, Tensor x, ScalarType output)
    {
        var call = new Call(linear, x.dtype, output);
        Tensor result = apply(x, call);
        call.Raw?.Dispose();
        return result;
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[1];
        ctx.save_data(CallKey, call);
        return call.Raw = call.Linear.Product((Tensor)vars[0], call.Output);
    }

    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(CallKey);
        Tensor gradient = call.Linear.InputGradient(grad_output, call.Input);
        grad_output.Dispose();
        return FunctionCall.HandOver(gradient, 2);
    }

    private sealed class Call(FrozenLinear linear, ScalarType input, ScalarType output)
    {
        public FrozenLinear Linear => linear;

        public ScalarType Input => input;

        public ScalarType Output => output;

        public Tensor? Raw { get; set; }
    }
}
