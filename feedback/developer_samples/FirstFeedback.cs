// The first feedback, with .NET and nothing else.
using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;

class FirstFeedback
{
    static void Main()
    {
        var client = new HttpClient { BaseAddress = new Uri("https://leads.example.co.il") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "KEY");
        var feedback = "{\"RoutingId\": \"019a2b3c-4d5e-7f60-8123-456789abcdef\", \"ReasonId\": 2}";

        var answer = client.PostAsync("/odata/Feedbacks", new StringContent(feedback, Encoding.UTF8, "application/json")).Result;
        Console.WriteLine(answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync().Result);
    }
}
