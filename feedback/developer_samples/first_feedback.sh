#!/bin/sh
# The first feedback, with curl. The reasons first: they prove that address and key are right.
set -eu
URL="https://leads.example.co.il"
KEY="KEY"
ROUTING_ID="019a2b3c-4d5e-7f60-8123-456789abcdef"

curl -fsS "$URL/odata/Reasons" -H "Authorization: Bearer $KEY"
curl -fsS "$URL/odata/Feedbacks" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
  -d "{\"RoutingId\": \"$ROUTING_ID\", \"ReasonId\": 2}"
