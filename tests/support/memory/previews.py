from app.ports.previews import ImportPreview


class MemoryPreviews:
    """The `PreviewRepository` in memory."""

    def __init__(self) -> None:
        self.previews: dict[str, ImportPreview] = {}

    def save(self, import_id: str, preview: ImportPreview) -> None:
        self.previews[import_id] = preview

    def get(self, import_id: str) -> ImportPreview | None:
        return self.previews.get(import_id)
