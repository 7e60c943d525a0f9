"""Complete a workbook in LibreOffice, as somebody would: open it, type into cells, save it twice.

Run by Debian's own Python, which has LibreOffice's bridge: fill.py PIPE WORKBOOK OUT_XLSX OUT_CSV < {"A2": "text", ...}
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found]  # Debian's, for its own Python
from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]
from com.sun.star.connection import NoConnectException  # type: ignore[import-not-found]


def option(name: str, value: object) -> Any:  # noqa: ANN401 - a class of LibreOffice's
    """Return a setting as LibreOffice takes it."""
    setting = PropertyValue()
    setting.Name, setting.Value = name, value
    return setting


def connected(pipe: str) -> Any:  # noqa: ANN401 - a class of LibreOffice's
    """Return the desktop of the LibreOffice that listens, waiting until it does."""
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    for _ in range(600):
        try:
            office = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.1)
        else:
            return office.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", office)
    raise SystemExit("LibreOffice did not answer")


def main() -> None:
    """Fill, save as .xlsx and as CSV, report what the locked cells and drop-downs are, and end the program."""
    pipe, source, as_xlsx, as_csv = sys.argv[1:]
    desktop = connected(pipe)
    document = desktop.loadComponentFromURL(Path(source).as_uri(), "_blank", 0, (option("Hidden", True),))
    sheet = document.Sheets.getByIndex(0)
    frame = document.CurrentController.Frame
    context = uno.getComponentContext()
    dispatcher = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
    report = {"protected": sheet.isProtected(), "validated": []}
    for place, text in json.load(sys.stdin).items():
        dispatcher.executeDispatch(frame, ".uno:GoToCell", "", 0, (option("ToPoint", place),))
        dispatcher.executeDispatch(frame, ".uno:EnterString", "", 0, (option("StringName", text),))
        cell = sheet.getCellRangeByName(place)
        if str(cell.Validation.Type.value) == "LIST":
            report["validated"].append(place)
    document.storeToURL(Path(as_xlsx).as_uri(), (option("FilterName", "Calc MS Excel 2007 XML"),))
    csv = (
        option("FilterName", "Text - txt - csv (StarCalc)"),
        option("FilterOptions", "44,34,76,1,,0,false,true,false"),
    )
    document.storeToURL(Path(as_csv).as_uri(), csv)
    document.close(True)
    json.dump(report, sys.stdout)
    with contextlib.suppress(Exception):  # it is gone before it answers
        desktop.terminate()


if __name__ == "__main__":
    main()
