using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TaskQueue.Testing;

/// <summary>PEM files of an authority, and of a server and a client that it vouches for.</summary>
public sealed class TestCertificates
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(1);

    /// <summary>Makes them.</summary>
    /// <param name="folder">Where to.</param>
    public TestCertificates(string folder)
    {
        CaFile = Path.Combine(folder, "ca.pem");
        ServerCertFile = Path.Combine(folder, "server.pem");
        ServerKeyFile = Path.Combine(folder, "server.key");
        ClientCertFile = Path.Combine(folder, "client.pem");
        ClientKeyFile = Path.Combine(folder, "client.key");

        var now = TimeProvider.System.GetUtcNow();
        using var caKey = RSA.Create(2048);
        var caRequest = new CertificateRequest("CN=TaskQueue test authority", caKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var ca = caRequest.CreateSelfSigned(now - Validity, now + Validity);
        File.WriteAllText(CaFile, ca.ExportCertificatePem());

        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        Issue(ca, now, "CN=localhost", names.Build(), ServerCertFile, ServerKeyFile);
        Issue(ca, now, "CN=taskqueue", null, ClientCertFile, ClientKeyFile);
    }

    /// <summary>The authority's certificate.</summary>
    public string CaFile { get; }

    /// <summary>The server's certificate, for localhost and 127.0.0.1.</summary>
    public string ServerCertFile { get; }

    /// <summary>Its key.</summary>
    public string ServerKeyFile { get; }

    /// <summary>A client's certificate.</summary>
    public string ClientCertFile { get; }

    /// <summary>Its key.</summary>
    public string ClientKeyFile { get; }

    private static void Issue(X509Certificate2 ca, DateTimeOffset now, string subject, X509Extension? names, string certFile, string keyFile)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }

        using var certificate = request.Create(ca, now - (Validity / 2), now + (Validity / 2), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(certFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
    }
}
