"""What the demo's rules and the stand-in for the clients' systems have agreed on. Standard library only.

The values below are no secrets: they open nothing but the stand-in, which listens on this machine only.
"""

import os

COLLEGE = "מכללת אופק"
ESTATE = 'נדל"ן הצפון'
CENTRE = "מוקד פלוס"

COLLEGE_PATH = "/v1/lead"
COLLEGE_SP = "LM-1042"
COLLEGE_SECRET = "ofek-2026"  # noqa: S105
ESTATE_PATH = "/api/leads"
ESTATE_TOKEN = "tzafon-crm-4411"  # noqa: S105
CENTRE_PATH = "/add.asp"
CENTRE_CODE = "LM77"
CENTRE_SUCCESS = "נקלט בהצלחה"

GOOGLE = "גוגל – לימודי ערב"
FACEBOOK = "פייסבוק – דירות בצפון"
WEBSITE = "אתר הסוכנות"

STAND_IN_HOST = "127.0.0.1"


def stand_in_port(port: int) -> int:
    """Give the port of the stand-in when the product serves at `port`; raises ValueError with what to write."""
    text = os.environ.get("DEMO_CLIENT_PORT", "").strip() or str(port + 1)
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise ValueError(f"DEMO_CLIENT_PORT is {text!r}; set it to a number from 1 to 65535.")
    return int(text)


def stand_in_network(stand_in: int) -> str:
    """Give the entry of TRANSMIT_ALLOWED_NETWORKS that lets leads through to the stand-in."""
    return f"{STAND_IN_HOST}/32:{stand_in}"
