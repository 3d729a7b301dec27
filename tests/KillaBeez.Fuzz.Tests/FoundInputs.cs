namespace KillaBeez.Fuzz.Tests;

/// <summary>Inputs that once violated an oracle. Each is executed in every run, whatever the seeds do.</summary>
internal static class FoundInputs
{
    public static TheoryData<string, string, string> All => new()
    {
        {
            "ice-candidate",
            "65203120756470203720322e382e302e3620392074797020686f737420002000207566726167200b2000",
            "an extension's value of white space other than blanks was kept once and trimmed the next time"
        },
        {
            "ice-candidate",
            "652031207564702039203a3a2031207479702072656c61792074637074797065200a2000",
            "an extension's value could hold the end of the line"
        },
        {
            "mux-engine",
            "000501010801010000010500010000f0000001050000f000",
            "data of the frame that held a violation was delivered after the violation"
        },
        {
            "exchange-json",
            "7b2274797065223a22726f6f6d222c2272657175657374223a362c22726f6f6d223a22683c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c697665227d",
            "a room's name was limited in its escaped form, which our writer makes longer than it came"
        },
        {
            "sctp-association",
            "00020003060000000000001e0600011e02000000",
            "chunks below a FORWARD-TSN that led to a violation were held and counted for ever"
        },
    };
}
