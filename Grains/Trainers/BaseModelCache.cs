using System.Globalization;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using TorchSharp;

namespace LoraCluster.Grains.Trainers;

/// <summary>The frozen base model of a folder, with its tokenizer and its identity; never changed once loaded.</summary>
internal sealed class LoadedModel(BaseModel model, ITextTokenizer tokenizer, string hash) : IDisposable
{
    public BaseModel Model => model;

    public ITextTokenizer Tokenizer => tokenizer;

    public string Hash => hash;

    public void Dispose() => model.Dispose();
}

/// <summary>A data set's encoded rows, with the identity of its files.</summary>
/// <param name="Train">The rows to train on.</param>
/// <param name="Evaluation">Those to evaluate on.</param>
/// <param name="Hash">Identity of the files that were read.</param>
/// <param name="Notices">What was decided while reading.</param>
internal sealed record LoadedDataset(EncodedDataset Train, EncodedDataset Evaluation, string Hash, IReadOnlyList<string> Notices);

/// <summary>
/// What the trainers of a silo share: each base model once per precision, each encoded data set once, for as long as someone uses it. A
/// folder is known by the names, lengths and times of its files, so one that was changed is loaded anew.
/// </summary>
internal sealed class BaseModelCache
{
    private readonly SharedCache<string, LoadedModel> _models = new();
    private readonly SharedCache<string, LoadedDataset> _datasets = new();

    /// <summary>The model of a folder, on a device.</summary>
    /// <exception cref="UserErrorException">The folder cannot be used.</exception>
    public SharedCache<string, LoadedModel>.Lease RentModel(string folder, Precision precision, torch.Device device)
    {
        if (!Directory.Exists(folder)) throw new UserErrorException($"the model folder {folder} does not exist");
        string key = $"{precision}|{device}|{StampOf(Directory.EnumerateFiles(folder))}";
        return _models.Rent(key, () =>
        {
            ITextTokenizer tokenizer = TokenizerFolder.Load(folder);
            BaseModel model = BaseModel.Load(folder, precision, device);
            string hash = ContentHash.Of(BaseModel.FilesOf(folder).Union(tokenizer.Files, StringComparer.Ordinal));
            return new LoadedModel(model, tokenizer, hash);
        });
    }

    /// <summary>The data set at a path, encoded for a model.</summary>
    /// <exception cref="UserErrorException">It cannot be used.</exception>
    public SharedCache<string, LoadedDataset>.Lease RentDataset(
        string path, LoadedModel model, TrainingOptions options, int? maxExamples, TextColumns columns)
    {
        IReadOnlyList<string> files = DatasetFiles.Find(path).Files;
        string key = string.Create(CultureInfo.InvariantCulture,
            $"{model.Hash}|{options.MaxLength}|{options.Packing}|{maxExamples}|{columns}|{StampOf(files)}|{path}");
        return _datasets.Rent(key, () =>
        {
            DatasetSplits splits = DatasetSplits.Load(path, maxExamples, columns);
            EncodedDataset Encode(TextDataset rows) =>
                EncodedDataset.Of(rows, model.Tokenizer, model.Model.Family.Task, options.MaxLength, options.Packing);
            EncodedDataset train = Encode(splits.Train);
            return new LoadedDataset(train, Encode(splits.Evaluation), ContentHash.Of(files),
                [.. splits.Notices, .. CutTexts(model.Model.Family.Task, train, splits.Train.Count, options)]);
        });
    }

    /// <summary>Padded texts of a language model end at the longest row.</summary>
    private static IEnumerable<string> CutTexts(ModelTask task, EncodedDataset train, int texts, TrainingOptions options)
    {
        if (task != ModelTask.CausalLm || options.Packing == Packing.Packed || texts == 1) yield break;
        int full = Enumerable.Range(0, train.Count).Count(i => train.Length(i) == options.MaxLength);
        if (full > 0) yield return string.Create(CultureInfo.InvariantCulture, $"{full} of {texts} training texts fill max-length "
            + $"{options.MaxLength}; what they have beyond it is left out (packing packed takes all)");
    }

    private static string StampOf(IEnumerable<string> files) => string.Join('|', files.Order(StringComparer.Ordinal).Select(path =>
    {
        // A link has a length and a time of its own; those of what it leads to count.
        var link = new FileInfo(path);
        var file = (FileInfo?)link.ResolveLinkTarget(returnFinalTarget: true) ?? link;
        return string.Create(CultureInfo.InvariantCulture, $"{link.FullName}:{file.Length}:{file.LastWriteTimeUtc.Ticks}");
    }));
}
