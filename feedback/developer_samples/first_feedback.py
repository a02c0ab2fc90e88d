# The first feedback, with Python 3 and nothing else.
import json
import urllib.request

URL, KEY = "https://leads.example.co.il", "KEY"
feedback = {"RoutingId": "019a2b3c-4d5e-7f60-8123-456789abcdef", "ReasonId": 2}

request = urllib.request.Request(
    f"{URL}/odata/Feedbacks",
    data=json.dumps(feedback).encode(),
    headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
)
with urllib.request.urlopen(request, timeout=30) as answer:
    print(answer.status, json.load(answer)["Id"])
