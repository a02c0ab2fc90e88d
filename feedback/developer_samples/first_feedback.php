<?php
// The first feedback, with PHP 7 or newer and nothing else.
$url = "https://leads.example.co.il";
$key = "KEY";
$feedback = ["RoutingId" => "019a2b3c-4d5e-7f60-8123-456789abcdef", "ReasonId" => 2];

$answer = file_get_contents("$url/odata/Feedbacks", false, stream_context_create(["http" => [
    "method" => "POST",
    "header" => "Authorization: Bearer $key\r\nContent-Type: application/json",
    "content" => json_encode($feedback),
    "timeout" => 30,
]]));
if ($answer === false) {
    exit(1);
}
echo json_decode($answer)->Id, "\n";
