"""Where files live: the two buckets, static files, what a page may load, and the journal's anchors."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from project import environment as env
from project.environment import SettingRefused
from project.settings.base import BASE_DIR, BULLE_URL, DEBUG, EMBEDDED, HOME, PROCESS, PRODUCTION, VIGIE_ENV, VIGIE_HOME, required

_S3_SCHEMES = ("http", "https")
S3_ENDPOINT_URL = env.url("S3_ENDPOINT_URL", required("S3_ENDPOINT_URL", EMBEDDED.get("S3_ENDPOINT_URL")), _S3_SCHEMES, bare=True)
S3_PUBLIC_ENDPOINT_URL = env.url("S3_PUBLIC_ENDPOINT_URL", S3_ENDPOINT_URL, _S3_SCHEMES, bare=True)
S3_REGION = env.text("S3_REGION", "us-east-1")
S3_BUCKET = env.text("S3_BUCKET", "vigie-pieces")


def _s3_key(name: str, remembered: str) -> str:
    """A real store needs its own keys; those of the embedded one open nothing there."""
    if env.text("S3_ENDPOINT_URL") and not env.text(name):
        raise SettingRefused(name, "est obligatoire avec S3_ENDPOINT_URL.")
    return required(name, HOME.read_secret(remembered))


# Migrations touch no file.
S3_ACCESS_KEY_ID = _s3_key("S3_ACCESS_KEY_ID", "s3_key_id") if PROCESS != "owner" else ""
S3_SECRET_ACCESS_KEY = _s3_key("S3_SECRET_ACCESS_KEY", "s3_key") if PROCESS != "owner" else ""
S3_MEDICAL_BUCKET = env.text("S3_MEDICAL_BUCKET", "vigie-medical")
if S3_MEDICAL_BUCKET == S3_BUCKET:
    raise SettingRefused("S3_MEDICAL_BUCKET", "doit différer de S3_BUCKET.")
S3_MEDICAL_ENDPOINT_URL = ""
S3_MEDICAL_ACCESS_KEY_ID = ""
S3_MEDICAL_SECRET_ACCESS_KEY = ""
if PROCESS == "bulle":
    _embedded_medical = "" if env.text("S3_ENDPOINT_URL") else EMBEDDED.get("S3_MEDICAL_ENDPOINT_URL", "")
    S3_MEDICAL_ENDPOINT_URL = env.url("S3_MEDICAL_ENDPOINT_URL", _embedded_medical or S3_ENDPOINT_URL, _S3_SCHEMES, bare=True)
    S3_MEDICAL_ACCESS_KEY_ID = _s3_key("S3_MEDICAL_ACCESS_KEY_ID", "s3_medical_key_id")
    S3_MEDICAL_SECRET_ACCESS_KEY = _s3_key("S3_MEDICAL_SECRET_ACCESS_KEY", "s3_medical_key")
if PRODUCTION and PROCESS != "owner" and not S3_PUBLIC_ENDPOINT_URL.startswith("https://"):
    raise SettingRefused("S3_PUBLIC_ENDPOINT_URL", "doit commencer par https:// en production.")


STORAGES = {
    "default": {
        "BACKEND": "documents.s3.Store",
        "OPTIONS": {
            "endpoint_url": S3_ENDPOINT_URL,
            "bucket_name": S3_BUCKET,
            "access_key": S3_ACCESS_KEY_ID,
            "secret_key": S3_SECRET_ACCESS_KEY,
            "region_name": S3_REGION,
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or VIGIE_ENV == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("VIGIE_STATIC_ROOT", str(VIGIE_HOME / "static")))
_NODE = Path(env.text("VIGIE_NODE_MODULES", str(BASE_DIR / "node_modules")))
_NODE_FOLDERS = (("tabler", "@tabler/core/dist"), ("echarts", "echarts/dist"), ("pdfjs", "pdfjs-dist"))
_PDF_FONTS = (
    *("Dingbats", "Symbol", "Fixed", "FixedBold", "FixedBoldItalic", "FixedItalic"),
    *("Serif", "SerifBold", "SerifBoldItalic", "SerifItalic"),
)
NODE_FILES = (
    {
        f"tabler/{name}{end}"
        for name in ("css/tabler.min.css", "css/tabler-vendors.min.css", "js/tabler.min.js", "js/tabler-theme.min.js")
        for end in ("", ".map")
    }
    | {"echarts/echarts.min.js"}
    # The viewer: PDF.js, the fonts that a PDF may name without carrying them, and the decoders of scanners' pictures (fax, JBIG2,
    # JPEG 2000) in plain script, since the policy below lets no WebAssembly in.
    | {f"pdfjs/legacy/build/pdf{part}.min.mjs" for part in ("", ".worker")}
    | {f"pdfjs/wasm/{decoder}_nowasm_fallback.js" for decoder in ("jbig2", "openjpeg")}
    | {f"pdfjs/standard_fonts/Foxit{font}.pfb" for font in _PDF_FONTS}
    | {f"pdfjs/standard_fonts/LiberationSans-{style}.ttf" for style in ("Regular", "Bold", "Italic", "BoldItalic")}
)
STATICFILES_DIRS = [(prefix, str(_NODE / folder)) for prefix, folder in _NODE_FOLDERS if (_NODE / folder).is_dir()]
STATICFILES_FINDERS = [
    "project.statics.NodeFinder",
    "project.statics.AppFinder",
]
WHITENOISE_USE_FINDERS = VIGIE_ENV == "test"
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MANIFEST_STRICT = False

_STORE_ORIGIN = S3_PUBLIC_ENDPOINT_URL if S3_PUBLIC_ENDPOINT_URL else SELF
_OTHER_DOOR = [] if PROCESS == "bulle" else [BULLE_URL]  # a medical deposit goes from the page straight to the bulle
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "worker-src": [SELF],
        # blob: the viewer shows an image it has fetched itself, so that a refusal is read in words
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF, *_OTHER_DOOR, *([] if PROCESS == "bulle" else [_STORE_ORIGIN])],
        "frame-src": [NONE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *_OTHER_DOOR],
        "frame-ancestors": [NONE],
    }
}

# The heads of the journal's chain, outside the database: keep this folder where the database's owner can't write.
ANCRES_DIR = Path(env.text("VIGIE_ANCRES", str(HOME.path / "ancres")))
