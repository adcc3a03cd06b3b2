namespace TaskQueue.Configuration.Tests.Reading;

[Trait("Case", "D8")]
public sealed class CutValueTests
{
    [Theory]
    [InlineData("[amqp]\npasswd = a ;b", "[amqp] passwd ends before \";\"")]
    [InlineData("[amqp]\npasswd = a # b", "[amqp] passwd ends before \"#\"")]
    [InlineData("[amqp]\npasswd = #Secret", "[amqp] passwd ends before \"#\"")]
    [InlineData("[resize]\napi_token = a ;b", "[resize] api_token ends before \";\"")]
    [InlineData("[resize]\ncolour = #ff0000", "[resize] colour ends before \"#\"")]
    public void A_value_that_a_comment_sign_may_have_cut_is_told_with_its_place_and_without_itself(string text, string warning)
    {
        var told = Assert.Single(Given.Parse(text).Warnings);

        Assert.StartsWith($"config.ini:2: {warning}, which begins a comment. If it belongs to the value, put the value in double quotes", told, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[amqp]\npasswd = a;b#c")]
    [InlineData("[amqp]\npasswd = \"a ;b\"")]
    [InlineData("[amqp]\npasswd = \"a\" ; a comment")]
    [InlineData("[resize]\nquality = 85 ;a comment")]
    [InlineData("[resize]\nquality = ; only a comment")]
    [InlineData("[taskqueue]\nresults_routing_key = results ; the queue")]
    public void What_cannot_be_meant_otherwise_is_no_warning(string text) => Assert.Empty(Given.Parse(text).Warnings);

    [Theory]
    [InlineData("[amqp]\nuser = me", "config.ini:2: [amqp] user: expected the password of the user \"me\" in passwd or passwd_file, found none.")]
    [InlineData("[amqp]\nuser = me\npasswd =", "config.ini:3: [amqp] passwd: expected the password of the user \"me\" in passwd or passwd_file, found none.")]
    [InlineData("[amqp]\nuser = me\npasswd = #Secret", "config.ini:3: [amqp] passwd: expected the password of the user \"me\" in passwd or passwd_file, found none.")]
    public void A_user_without_a_password_never_gets_the_password_of_another(string text, string expected) => Assert.Equal(expected, Refused.Problem(text));

    [Theory]
    [InlineData("[amqp]\nuser = guest")]
    [InlineData("[amqp]\nuser = me\npasswd = x")]
    [InlineData("[amqp]\nuser = me\npasswd_file = x")]
    [InlineData("[amqp]\npasswd =")]
    public void A_user_with_a_password_and_the_brokers_own_account_are_taken(string text) => Given.Parse(text);
}
