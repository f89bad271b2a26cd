using LoraCluster.Grains.Storage;
using MessagePack;

namespace LoraCluster.Grains.Blobs;

/// <summary>A stored blob: its bytes and their XxHash128, so that damage is noticed where it is read.</summary>
[MessagePackObject, StateSchema("blob", 1)]
public sealed class BlobRecord
{
    /// <summary>XxHash128 of the bytes.</summary>
    [Key(0)] public byte[] Hash { get; set; } = [];

    /// <summary>At most <see cref="BlobStore.MaxBytes"/>.</summary>
    [Key(1)] public byte[] Bytes { get; set; } = [];
}

/// <summary>A blob that is missing or damaged; the message names its key.</summary>
public sealed class BlobException(string message) : Exception(message);
