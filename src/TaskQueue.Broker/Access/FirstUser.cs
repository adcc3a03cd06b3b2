using System.Text;
using TaskQueue.Files;

namespace TaskQueue.Broker.Access;

/// <summary>The user of a broker that was never started before: no known password, and none that anybody has to think of.</summary>
public static class FirstUser
{
    /// <summary>The user's name.</summary>
    public const string Name = "taskqueue";

    private const long MaxBytes = 4096;

    /// <summary>Makes the user, when there is no users' file yet, and leaves the password where services and commands of this host find it.</summary>
    /// <param name="passwordFile">Readable by its owner only; written anew.</param>
    /// <returns>Whether there was no users' file.</returns>
    /// <exception cref="AccessException">One of the files cannot be written.</exception>
    public static bool Ensure(string usersFile, string passwordFile)
    {
        if (File.Exists(usersFile))
        {
            return false;
        }

        // The users' file last: as long as it is not there, all of this is done again.
        var password = PasswordHash.RandomPassword();
        try
        {
            DurableFile.Replace(passwordFile, Encoding.UTF8.GetBytes(password + '\n'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessException($"{passwordFile} {FileFault.Writing(passwordFile, e)}", e);
        }

        new UserStore(usersFile).AddHashed(Name, PasswordHash.Of(password, PasswordHash.RoundsOfRandom), UserPermissions.All);
        return true;
    }

    /// <summary>A password that nobody guesses.</summary>
    public static string RandomPassword() => PasswordHash.RandomPassword();

    /// <summary>Reads the password, for whoever is on this host and may.</summary>
    /// <exception cref="AccessException">It is not there, may not be read, or others may read it.</exception>
    public static string ReadPassword(string passwordFile)
    {
        try
        {
            return Encoding.UTF8.GetString(PrivateFile.ReadAllBytes(passwordFile, MaxBytes)).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessException($"{passwordFile} {FileFault.Reading(passwordFile, e)}", e);
        }
    }
}
