using Spectre.Console.Cli;

namespace LoraCluster.Client.Cli;

/// <summary>The smallest container that the command framework needs: commands take a <see cref="ClientContext"/>, nothing else.</summary>
internal sealed class TypeRegistrar(ClientContext context) : ITypeRegistrar, ITypeResolver
{
    private readonly Dictionary<Type, List<Func<object>>> _services = [];

    public void Register(Type service, Type implementation) => Add(service, () => Create(implementation));

    public void RegisterInstance(Type service, object implementation) => Add(service, () => implementation);

    public void RegisterLazy(Type service, Func<object> factory) => Add(service, factory);

    public ITypeResolver Build() => this;

    public object? Resolve(Type? type)
    {
        if (type is null) return null;
        bool all = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>);
        if (all) return ResolveAll(type.GetGenericArguments()[0]);
        if (_services.TryGetValue(type, out List<Func<object>>? factories)) return factories[^1]();
        return type.IsAssignableTo(typeof(ICommand)) && !type.IsAbstract ? Create(type) : null;
    }

    private Array ResolveAll(Type service)
    {
        object[] objects = [.. _services.GetValueOrDefault(service, []).Select(factory => factory())];
        var array = Array.CreateInstance(service, objects.Length);
        objects.CopyTo(array, 0);
        return array;
    }

    private void Add(Type service, Func<object> factory)
    {
        if (!_services.TryGetValue(service, out List<Func<object>>? factories)) _services.Add(service, factories = []);
        factories.Add(factory);
    }

    private object Create(Type type) =>
        type.GetConstructor([typeof(ClientContext)]) is { } constructor ? constructor.Invoke([context]) : Activator.CreateInstance(type)!;
}
