#pragma warning disable CS1591
#pragma warning disable IDE0040
using TorchSharp; using static TorchSharp.torch;
namespace LoraCluster.Kernels {
public sealed class FrozenLinear : IDisposable { Tensor w; Tensor? b; public ScalarType Dtype {get;} 
 FrozenLinear(Tensor w, Tensor? b, ScalarType d){ this.w=w.to_type(d,copy:true).DetachFromDisposeScope(); this.b=b?.to_type(d,copy:true).DetachFromDisposeScope(); Dtype=d; }
 public static FrozenLinear Create(Tensor w, Tensor? b, ScalarType d)=>new(w,b,d);
 public Tensor Forward(Tensor x)=>nn.functional.linear(x.to_type(Dtype), w, b); public void Dispose(){w.Dispose();b?.Dispose();} }
public readonly record struct DropoutKey(ulong Seed, int Step, int MicroBatch, int Site);
public static class CounterDropout { public static Tensor Apply(Tensor x, double p, in DropoutKey k)=> nn.functional.dropout(x,p,true); }
public static class GlobalNorm { public static double Of(ReadOnlySpan<float> v){ double s=0; foreach(var x in v) s+=(double)x*x; return Math.Sqrt(s);} }
public static class FusedAdamW { public static void Step(Tensor t, Tensor g, Tensor m, Tensor v, long step, double lr, double b1, double b2, double eps, double wd){
 t.mul_(1-lr*wd); m.mul_(b1).add_(g*(1-b1)); v.mul_(b2).add_(g*g*(1-b2)); var d=(v.sqrt()/Math.Sqrt(1-Math.Pow(b2,step))).add_(eps); t.add_(m/d*(-lr/(1-Math.Pow(b1,step)))); } }
}
namespace LoraCluster.Randomness { public enum RandomPurpose { DataOrder, Dropout, AdapterInit, HeadInit, BaseInit }
public sealed class RandomStream { System.Random r; public RandomStream(ulong seed, RandomPurpose p, int step, int mb, int site){ r=new System.Random(HashCode.Combine(seed,p,step,mb,site)); }
 public void FillNormal(Span<float> v,double mean,double std){ for(int i=0;i<v.Length;i++) v[i]=(float)(mean+std*Math.Sqrt(-2*Math.Log(1-r.NextDouble()))*Math.Cos(2*Math.PI*r.NextDouble())); }
 public void FillUniform(Span<float> v,double a,double b){ for(int i=0;i<v.Length;i++) v[i]=(float)(a+(b-a)*r.NextDouble()); }
 public int[] Permutation(int n){ var a=Enumerable.Range(0,n).ToArray(); r.Shuffle(a); return a; } } }
