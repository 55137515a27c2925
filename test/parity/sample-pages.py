"""The HTML that nbconvert makes of each notebook named, as JSON: path → page."""

import json
import sys

from nbconvert import HTMLExporter

print(json.dumps({path: HTMLExporter().from_filename(path)[0] for path in sys.argv[1:]}))
