using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Turn.Tests.Engine;

public sealed class AuthenticationTests
{
    private readonly ServerHarness _server = new();

    [Fact]
    public void Request_WithoutCredentials_Is401WithRealmAndNonce()
    {
        var client = new ScriptedClient(_server);

        var answer = client.TryAllocate()!;

        Assert.Equal(401, answer.Error);
        Assert.Equal("lab", answer.Realm);
        Assert.NotNull(answer.Nonce);
    }

    [Fact]
    public void Request_WithAWrongPassword_Is401AndMakesNothing()
    {
        var client = new ScriptedClient(_server, password: "wrong");
        client.Greet();

        Assert.Equal(401, client.TryAllocate()!.Error);
        Assert.Equal(0, _server.Engine.AllocationCount);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("")]
    [InlineData("1799999999:ann")]
    [InlineData("-5:ann")]
    [InlineData("99999999999999999999:ann")]
    public void Request_OfAnUnknownOrExpiredUser_Is401(string username)
    {
        var password = username.Contains(':', StringComparison.Ordinal) ? PasswordOf(ServerHarness.Secret, username) : "x";
        var client = new ScriptedClient(_server, username: username, password: password);
        client.Greet();

        Assert.Equal(401, client.TryAllocate()!.Error);
    }

    [Fact]
    public void Request_WithAnotherRealm_Is401()
    {
        var client = new ScriptedClient(_server) { Realm = "elsewhere" };
        client.Greet();

        Assert.Equal(401, client.TryAllocate()!.Error);
    }

    [Fact]
    public void Request_WithIntegrityButWithoutNonce_Is400()
    {
        var client = new ScriptedClient(_server);
        var buffer = new byte[300];
        var writer = new StunWriter(buffer, StunMessageType.AllocateRequest, client.NextTransaction());
        ScriptedClient.AddUdp(ref writer);
        TextAttribute.Write(ref writer, StunAttributeType.Username, client.Username);
        TextAttribute.Write(ref writer, StunAttributeType.Realm, client.Realm);
        MessageIntegrityAttribute.Write(ref writer, client.Key);

        Assert.Equal(400, client.Send(writer.Written)!.Error);
    }

    [Fact]
    public void Nonce_AfterItsTime_Is438WithOneThatWorks()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();
        _server.Pass(TimeSpan.FromMinutes(9));
        client.Refresh(3_600);
        _server.Pass(TimeSpan.FromMinutes(55));

        var answer = client.Refresh(3_600)!;

        Assert.Equal(438, answer.Error);
        Assert.Equal("lab", answer.Realm);
        Assert.NotNull(answer.Nonce);
        Assert.True(client.Refresh(3_600)!.IsSuccess);
    }

    [Fact]
    public void Nonce_OfAnotherClient_Is438()
    {
        var first = new ScriptedClient(_server);
        first.Greet();
        var second = new ScriptedClient(_server, "9.0.0.2:4000") { Nonce = first.Nonce };

        Assert.Equal(438, second.TryAllocate()!.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdef")]
    [InlineData("not base64 at all")]
    public void Nonce_MadeUp_Is438(string nonce)
    {
        var client = new ScriptedClient(_server) { Nonce = nonce };

        Assert.Equal(438, client.TryAllocate()!.Error);
    }

    [Fact]
    public void Nonce_OfAnotherServer_Is438()
    {
        var client = new ScriptedClient(new ServerHarness(seed: 2));
        client.Greet();
        var here = new ScriptedClient(_server) { Nonce = client.Nonce };

        Assert.Equal(438, here.TryAllocate()!.Error);
    }

    [Fact]
    public void TimeLimitedCredentials_WhileTheyLast_AreTaken()
    {
        var credentials = TurnCredentials.Create(ServerHarness.Secret, "carol", TimeSpan.FromHours(1), ServerHarness.WallStart);
        var client = new ScriptedClient(_server, username: credentials.Username, password: credentials.Password);

        client.Allocate();
    }

    [Fact]
    public void TimeLimitedCredentials_OfAnotherSecret_Are401()
    {
        var credentials = TurnCredentials.Create("another", "carol", TimeSpan.FromHours(1), ServerHarness.WallStart);
        var client = new ScriptedClient(_server, username: credentials.Username, password: credentials.Password);
        client.Greet();

        Assert.Equal(401, client.TryAllocate()!.Error);
    }

    [Fact]
    public void TimeLimitedCredentials_OfASecretThatIsBeingReplaced_AreTaken()
    {
        var server = new ServerHarness(o => o with { Secrets = ["new", ServerHarness.Secret] });
        var credentials = TurnCredentials.Create(ServerHarness.Secret, "carol", TimeSpan.FromHours(1), ServerHarness.WallStart);
        var client = new ScriptedClient(server, username: credentials.Username, password: credentials.Password);

        client.Allocate();
    }

    [Fact]
    public void TimeLimitedCredentials_AfterTheirTime_RefreshWhatIsThereAndMakeNothingNew()
    {
        var credentials = TurnCredentials.Create(ServerHarness.Secret, "carol", TimeSpan.FromMinutes(5), ServerHarness.WallStart);
        var client = new ScriptedClient(_server, username: credentials.Username, password: credentials.Password);
        client.Allocate();
        _server.Pass(TimeSpan.FromMinutes(8));

        Assert.True(client.Refresh()!.IsSuccess);
        Assert.True(client.Permit("8.8.8.8:1")!.IsSuccess);
        client.Refresh(0);
        Assert.Equal(401, client.TryAllocate()!.Error);
    }

    [Fact]
    public void Clock_SetForward_EndsCredentials()
    {
        var credentials = TurnCredentials.Create(ServerHarness.Secret, "carol", TimeSpan.FromMinutes(5), ServerHarness.WallStart);
        var client = new ScriptedClient(_server, username: credentials.Username, password: credentials.Password);
        client.Greet();

        _server.Engine.SetWallTime(_server.Now, ServerHarness.WallStart + TimeSpan.FromMinutes(6));

        Assert.Equal(401, client.TryAllocate()!.Error);
    }

    [Fact]
    public void Allocation_OfAnotherUser_Is441AndStays()
    {
        var ann = new ScriptedClient(_server);
        ann.Allocate();
        var bob = new ScriptedClient(_server, username: "bob", password: "battery staple");

        Assert.Equal(437, AsBob(bob.TryAllocate)!.Error);
        Assert.Equal(441, bob.Refresh(0)!.Error);
        Assert.Equal(441, bob.Permit("8.8.8.8:1")!.Error);
        Assert.Equal(441, bob.Bind(0x4000, "8.8.8.8:1")!.Error);
        Assert.Single(_server.Relays);

        Answer? AsBob(Func<AddAttributes?, Answer?> allocate)
        {
            bob.Nonce = ann.Nonce;
            return allocate(null);
        }
    }

    [Fact]
    public void Request_ChangedOnTheWay_Is401()
    {
        var client = new ScriptedClient(_server);
        client.Greet();
        var bytes = client.Build(StunMessageType.AllocateRequest, client.NextTransaction(), ScriptedClient.AddUdp);
        bytes[StunHeader.Bytes + 4] ^= 1;

        Assert.Equal(401, client.Send(bytes)!.Error);
    }

    [Fact]
    public void UnprotectedAttributes_BehindTheIntegrity_AreNotSeen()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();
        var bytes = client.Build(StunMessageType.RefreshRequest, client.NextTransaction());
        var longer = new byte[bytes.Length + 8];
        bytes.CopyTo(longer, 0);
        longer[3] += 8;
        new byte[] { 0x00, 0x0D, 0x00, 0x04, 0, 0, 0, 0 }.CopyTo(longer, bytes.Length);

        var answer = client.Send(longer)!;

        Assert.True(answer.IsSuccess);
        Assert.Equal(600u, answer.Lifetime);
        Assert.Single(_server.Relays);
    }

    private static string PasswordOf(string secret, string username)
    {
        Span<byte> password = stackalloc byte[TurnCredentials.PasswordBytes];
        TurnCredentials.WritePassword(System.Text.Encoding.UTF8.GetBytes(secret), System.Text.Encoding.UTF8.GetBytes(username), password);
        return System.Text.Encoding.ASCII.GetString(password);
    }
}
