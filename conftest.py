"""pytest names a test after its folders, so the tests below shop/ would make that folder the module
`shop` and hide the generated package of this name. Imported first, the package stays."""

import shop  # noqa: F401
