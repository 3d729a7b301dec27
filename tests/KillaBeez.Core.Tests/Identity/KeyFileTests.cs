namespace KillaBeez.Tests.Identity;

public sealed class KeyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("killabeez-keyfile-").FullName;

    private string FilePath => Path.Combine(_folder, "node.key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Save_KnownSeed_WritesTheDocumentedLine()
    {
        using var pair = KeyPair.FromSeed([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        KeyFile.Save(FilePath, pair);

        Assert.Equal(
            "killabeez-ed25519-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8\n",
            File.ReadAllText(FilePath));
    }

    [SkippableFact]
    public void Save_OnUnix_OnlyTheOwnerMayReadAndWrite()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes");
        using var pair = KeyPair.Generate();
        KeyFile.Save(FilePath, pair);

#pragma warning disable CA1416 // The line above has left on Windows.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
#pragma warning restore CA1416
    }

    [Fact]
    public void Save_FileExists_RefusesAndLeavesItAsItIs()
    {
        File.WriteAllText(FilePath, "precious");
        using var pair = KeyPair.Generate();

        Assert.ThrowsAny<IOException>(() => KeyFile.Save(FilePath, pair));
        Assert.Equal("precious", File.ReadAllText(FilePath));
    }

    [Fact]
    public void Load_WhatSaveWrote_GivesTheSamePair()
    {
        using var pair = KeyPair.Generate();
        KeyFile.Save(FilePath, pair);
        using var loaded = KeyFile.Load(FilePath);

        Assert.Equal(pair.Id, loaded.Id);
        var signature = new byte[64];
        loaded.Sign(SignaturePurpose.Signal, "m"u8, signature);
        Assert.True(KeyPair.Verify(pair.Id, SignaturePurpose.Signal, "m"u8, signature));
    }

    [Fact]
    public void Load_UpperCaseAndOtherLineEnds_AreAccepted()
    {
        using var pair = KeyPair.Generate();
        KeyFile.Save(FilePath, pair);
        var parts = File.ReadAllText(FilePath).Trim().Split(' ');
        File.WriteAllText(FilePath, $"\r\n{parts[0]} {parts[1].ToUpperInvariant()} {parts[2]} \r\n\r\n");
        using var loaded = KeyFile.Load(FilePath);

        Assert.Equal(pair.Id, loaded.Id);
    }

    [Fact]
    public void Load_EveryTruncationAndEveryChangedCharacter_IsInvalidKey()
    {
        using var pair = KeyPair.Generate();
        KeyFile.Save(FilePath, pair);
        var line = File.ReadAllText(FilePath).Trim();
        for (var i = 0; i < line.Length; i++)
        {
            AssertInvalid(line[..i]);
            var changed = line.ToCharArray();
            changed[i] = changed[i] == '0' ? '1' : '0';
            AssertInvalid(new string(changed));
            changed[i] = '!';
            AssertInvalid(new string(changed));
        }

        AssertInvalid(line + " more");
        AssertInvalid(new string('x', 100_000));
    }

    [Fact]
    public void Load_NoSuchFile_ThrowsFileNotFound() =>
        Assert.Throws<FileNotFoundException>(() => KeyFile.Load(FilePath));

    private void AssertInvalid(string content)
    {
        File.WriteAllText(FilePath, content);
        var exception = Assert.Throws<KillaBeezException>(() => KeyFile.Load(FilePath));
        Assert.Equal(KillaBeezError.InvalidKey, exception.Error);
        Assert.Contains(FilePath, exception.Message, StringComparison.Ordinal);
    }
}
