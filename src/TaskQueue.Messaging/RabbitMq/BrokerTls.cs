using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>The TLS side of a connection. Files are read for each connection, so that certificates can be renewed in place.</summary>
internal static class BrokerTls
{
    /// <summary>How to speak TLS with a host.</summary>
    /// <returns><see langword="null"/> when it is not wanted.</returns>
    public static SslClientAuthenticationOptions? Create(BrokerOptions options, string host)
    {
        if (!options.Tls)
        {
            return null;
        }

        var tls = new SslClientAuthenticationOptions { TargetHost = host };
        if (options.CertFile is { } certFile)
        {
            // Whatever authorities the broker names: it has to be told who we are.
            var certificate = X509Certificate2.CreateFromPemFile(certFile, options.KeyFile);
            tls.ClientCertificates = [certificate];
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        if (options.CaFile is { } caFile)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(caFile);
            tls.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(authorities, certificate, chain, errors);
        }

        return tls;
    }

    private static bool IsTrusted(
        X509Certificate2Collection authorities, X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        // The chain alone is judged by our own authorities; a wrong host name or no certificate at all stays an error.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        using var leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(leaf);
    }
}
