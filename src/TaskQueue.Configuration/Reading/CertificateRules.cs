using TaskQueue.Configuration.Keys;

namespace TaskQueue.Configuration.Reading;

/// <summary>What must hold between a certificate and its key, in whichever section they stand.</summary>
internal static class CertificateRules
{
    public static void Check(Section section, string? certFile, string? keyFile, Problems problems)
    {
        if (certFile is not null && keyFile is null)
        {
            problems.Add(section, BrokerKeys.CertFile, $"expected {BrokerKeys.KeyFile} as well, the private key of the certificate.");
        }

        if (keyFile is not null && certFile is null)
        {
            problems.Add(section, BrokerKeys.KeyFile, $"expected {BrokerKeys.CertFile} as well, the certificate of the private key.");
        }
    }
}
