"""The auto classes of this copy of the library."""

CHECKPOINT_FOR_DOC = "google-bert/bert-base-uncased"


class AutoModel:
    """Loads a model by name."""

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path, **kwargs):
        """Example: ``AutoModel.from_pretrained("google-bert/bert-base-uncased")``."""
        return cls()


def default_model():
    return AutoModel.from_pretrained("openai-community/gpt2")
