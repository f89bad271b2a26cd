using LoraCluster.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Models;

public sealed class ActivationTests
{
    // Values of transformers' ACT2FN.
    [Theory]
    [InlineData("gelu_10", new[] { -0.004050225f, -0.15426877f, 0.14967658f, 1.9544997f, 10f })]
    [InlineData("gelu_accurate", new[] { -0.0036374331f, -0.154286f, 0.14967535f, 1.9545977f, 12f })]
    [InlineData("gelu_python_tanh", new[] { -0.0036374331f, -0.154286f, 0.14967535f, 1.9545977f, 12f })]
    [InlineData("hardswish", new[] { -0f, -0.20833333f, 0.13541667f, 1.6666666f, 12f })]
    [InlineData("laplace", new[] { 0f, 9.3877316e-06f, 0.052573115f, 0.99999774f, 1f })]
    [InlineData("sqrtsoftplus", new[] { 0.2204254f, 0.68853247f, 0.90881211f, 1.4583992f, 3.4641025f })]
    public void Has_the_values_of_transformers(string name, float[] expected)
    {
        Assert.True(Activation.TryParse(name, out Activation? activation));
        using Tensor x = tensor([-3f, -0.5f, 0.25f, 2f, 12f]), y = activation.Apply(x);
        float[] actual = y.data<float>().ToArray();
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 2e-6f));
    }
}
