from sentence_transformers import SentenceTransformer


def test_vectors_have_the_size_of_the_model():
    model = SentenceTransformer("sentence-transformers/all-MiniLM-L6-v2")
    assert len(model.encode("a harbor")) == 384
