#!/usr/bin/env bash
# Ride the nearest vehicle with curl: find it, start, pause, go on, end, read the receipt.
#
#   MOVR_TOKEN=movr_... ./ride.sh http://127.0.0.1:8000 "new york" 40.7306 -73.9866
#
# The token is of *Account and security*, *Access tokens*, with the scopes rides:read and rides:write.
set -euo pipefail

api="$1/api/v1" city="$2" lat="$3" lon="$4"

# Print a value of the JSON on standard input: value '[0]["id"]'
value() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }

# Send a request with the token; what an error says is printed.
send() {
  curl -sS --fail-with-body -H "Authorization: Bearer $MOVR_TOKEN" -H "Content-Type: application/json" "$@"
}

city_path=$(python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1]))' "$city")
vehicles=$(curl -sS --fail-with-body "$api/cities/$city_path/vehicles?lat=$lat&lon=$lon")
vehicle=$(value '[0]["id"]' <<<"$vehicles")
echo "The nearest vehicle is $(value '[0]["distance_m"]' <<<"$vehicles") m away."

ride=$(send "$api/rides" -d "{\"vehicle_id\": \"$vehicle\"}" | value '["id"]')
echo "Riding $ride."
send -X POST "$api/rides/$ride/pause" >/dev/null
echo "It is $(send "$api/rides/$ride" | value '["state"]')."
send -X POST "$api/rides/$ride/resume" >/dev/null

# Parking there may cost a fee: the answer is then the problem "parking-costs" with the fee, to be
# agreed to with "agreed_fee".
send "$api/rides/$ride/end" -d "{\"lat\": $lat, \"lon\": $lon}" >/dev/null
receipt=$(send "$api/rides/$ride")
echo "Receipt $(value '["receipt_number"]' <<<"$receipt"): $(value '["price"]' <<<"$receipt")"
