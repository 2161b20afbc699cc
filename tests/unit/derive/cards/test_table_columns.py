"""What columns of tables hold: names, data, settings, values; rows that refer to rows."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.cards.table_columns import ColumnRole, role_of, setting_of
from tests.reading import read, settings


@pytest.mark.parametrize(
    ("head", "role"),
    [
        ("Training datasets", ColumnRole.TRAINED_ON),
        ("Train Dataset", ColumnRole.TRAINED_ON),
        ("**Dataset name**", ColumnRole.DATA),
        ("数据集", ColumnRole.DATA),
        ("Base Model", ColumnRole.MODEL),
        ("Hyper-parameter", ColumnRole.KEY),
        ("Value", ColumnRole.VALUE),
        ("Unit", ColumnRole.UNIT),
        ("Description", ColumnRole.NOTE),
        ("Language", ColumnRole.LANGUAGE),
        ("Number of hours", ColumnRole.AMOUNT),
        ("Acc.", ColumnRole.METRIC),
        ("Saga", ColumnRole.OTHER),
    ],
)
def test_roles_of_headers(head: str, role: ColumnRole) -> None:
    assert role_of(head) is role


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("Max. L.R.", "learning_rate"),
        ("# of Epochs", "epochs"),
        ("# of Grad. Acc. Steps", "gradient_accumulation_steps"),
        ("Number of epochs", "epochs"),
        ("Max Seq. Len.", "max_seq_length"),
        ("BS", "batch_size"),
        ("# of layers", ""),
        ("Accuracy", ""),
    ],
)
def test_settings_in_headers(head: str, name: str) -> None:
    assert setting_of(head) == name


def test_names_of_data_in_a_later_column() -> None:
    card = (
        "# own\n\n## Training data\n\nLanguage|Dataset\n-|-\n"
        "Arabic|[SagaCorp](https://saga.org/corp)\nDutch|[Tale Bank + Second Saga](https://t.org)\n"
        "Chinese|[SAGAS](https://huggingface.co/datasets/saga_ner)\n"
    )
    assert read(card)["training_dataset"] == ["SagaCorp", "Tale Bank", "Second Saga", "saga_ner"]


def test_a_table_whose_rows_are_models_names_no_data_for_all() -> None:
    card = "# own\n\n## Data\n\n|Model|Dataset|Size|\n|-|-|-|\n|other-1|SagaBank|3 GB|\n"
    assert "training_dataset" not in read(card)


def test_a_row_takes_the_data_of_the_row_it_refers_to() -> None:
    card = (
        "# Own\n\n## Training data\n\n|Model|Training datasets|\n|-|-|\n"
        "|saga|- Reading: SagaQA, TaleQA<br>- Closed: WebSaga|\n"
        "|saga-p|Same as saga with additional data:<br>- Reading: RuneQA|\n"
        "|saga-pp|Same as saga-p with a few more:<br>- RuneC<br>- RuneD|\n"
        "|saga-3b|Same as saga but starting from a smaller model|\n"
    )
    names = ["SagaQA", "TaleQA", "WebSaga", "RuneQA", "RuneC", "RuneD"]
    assert read(card, "acme/saga-pp")["training_dataset"] == names
    assert read(card, "acme/saga-3b")["training_dataset"] == names[:3]


def test_rows_that_refer_to_each_other_end() -> None:
    card = (
        "# Own\n\n## Training data\n\n|Model|Training datasets|\n|-|-|\n"
        "|saga-a|Same as saga-b with:<br>- RuneC|\n|saga-b|Same as saga-a with:<br>- RuneD|\n"
    )
    assert read(card, "acme/saga-b")["training_dataset"] == ["RuneC", "RuneD"]


FAMILY = """# own

## Training setup

| Base Model | Max. L.R. | # of Epochs | # of Grad. Acc. Steps |
|---|---|---|---|
| Saga-7B | `1e-5` | 3 | 1 |
| Rune3-8B | `5e-5` | 1 | 2 |
"""


def test_settings_in_the_row_of_the_base() -> None:
    found = settings(FAMILY, "acme/own-math-rune3-8b-prop")
    assert found == {"learning_rate": 5e-5, "epochs": 1, "gradient_accumulation_steps": 2}
    assert settings(FAMILY, "acme/own-math-other-8b") == {}


SIZES = """# own

## Training hyperparameters

| Setting | Own-1B | Own-3B |
|---|---|---|
| Learning rate | 3e-4 | 1e-4 |
| Batch size | 256 | 512 |
| Weight decay | 0.1 | 0.1 |
"""


def test_columns_that_compare_sizes() -> None:
    found = settings(SIZES, "acme/own-3b")
    assert found == {"learning_rate": 1e-4, "batch_size": 512, "weight_decay": 0.1}
    assert settings(SIZES, "acme/own-9b") == {}


def test_values_beside_units_and_notes() -> None:
    card = (
        "# own\n\n## Training\n\n| Parameter | Value | Unit | Description |\n|---|---|---|---|\n"
        "| Learning rate | 2e-5 | - | peak |\n| Batch size | 1 024 | pages | all |\n"
    )
    assert settings(card) == {"learning_rate": 2e-5, "batch_size": 1024}


def test_the_row_called_this_model_names_it_in_other_tables() -> None:
    card = (
        "# own\n\n| Model | Id |\n|---|---|\n| Shuffled | acme/s |\n| Merged | this model |\n"
        "\n## Results\n\n| Model | PPL |\n|---|---|\n| Shuffled | 18.7 |\n| Merged | 17.1 |\n"
    )
    assert read(card, "acme/own-1")["evaluation"] == [17.1]


def test_the_first_results_are_no_second_header() -> None:
    card = (
        "# own\n\n## Results\n\n| Dataset | Model | Average (Acc.) |\n|---|---|---|\n"
        "| IMDB | Ow0 | 59.2 |\n| IMDB | Ow0pp | 62.7 |\n| SST-2 | Ow0 | 84.2 |\n"
        "| SST-2 | Ow0pp | 89.2 |\n"
    )
    assert read(card, "acme/Ow0pp")["evaluation"] == [62.7, 89.2]


def test_settings_listed_in_a_block_of_code() -> None:
    card = (
        "# own\n\n## Training hyperparameters\n\n```yaml\n- Seed: 2022\n- Batch size: 10\n"
        "- Number of epochs : 200\n- Early stopping : patience 30\n- Optimizer : SGD\n"
        "- Class weights : [1: 1.0]\n```\n"
    )
    assert settings(card) == {
        "seed": 2022, "batch_size": 10, "epochs": 200, "early_stopping_patience": 30,
        "optimizer": "SGD",
    }  # fmt: skip


def test_settings_of_a_serialized_estimator() -> None:
    card = (
        "# own\n\n### Hyperparameters\n\n| Hyperparameter | Value |\n|---|---|\n"
        "| steps | [('vec', CountVectorizer()), ('clf', SagaClassifier())] |\n"
        "| vec | CountVectorizer() |\n| clf | SagaClassifier(random_state=1) |\n"
        "| vec__dtype | <class 'numpy.int64'> |\n| vec__encoding | utf-8 |\n"
        "| clf__C | 1.0 |\n| clf__average | False |\n| clf__loss | hinge |\n"
        "| clf__estimator | Tree(depth=2) |\n| clf__n_jobs | 2 |\n| clf__class_weight | |\n"
    )
    assert settings(card) == {"clf_c": 1, "clf_average": "False", "clf_loss": "hinge"}


def test_acronyms_beside_a_well_known_test_set_are_test_data() -> None:
    card = (
        "# own\n\n## Results\n\n| Model | DBSAG | DIE-SAG | NER | SQuAD |\n|---|---|---|---|---|\n"
        "| Other | 90.1 | 98.2 | 80.3 | 70.4 |\n| Own | 92.1 | 96.2 | 81.3 | 71.4 |\n"
    )
    card = card.replace("SQuAD", "SST-2")
    assert read(card)["evaluation_dataset"] == ["DBSAG", "DIE-SAG", "SST-2"]


def test_a_metric_behind_the_name_of_a_task() -> None:
    card = (
        "# own\n\n## Evaluation\n\n| Task/Metric | Own 3B |\n|---|---|\n"
        "| truthfulqa_mc/mc1 | 0.22 |\n| truthfulqa_mc/mc2 | 0.35 |\n| piqa/acc | 0.75 |\n"
    )
    assert read(card, "acme/own-3b")["evaluation_dataset"] == ["truthfulqa_mc", "piqa"]


def test_the_step_that_learns_may_stand_before_the_others() -> None:
    card = (
        "# own\n\n### Hyperparameters\n\n| Hyperparameter | Value |\n|---|---|\n"
        "| model__tol | 0.1 |\n| prep__transformers | [('fill', Imputer())] |\n| prep__max | 3 |\n"
    )
    assert settings(card) == {"model_tol": 0.1}


def test_settings_in_one_line_are_read_beside_its_key() -> None:
    card = "# own\n\n## Training\n\n- Optimizer: **AdamW** with learning rate of **2e-5**\n"
    assert settings(card) == {"optimizer": "AdamW", "learning_rate": 2e-5}


def test_a_command_of_flags_is_no_list() -> None:
    card = (
        "# own\n\n## Training\n\n```\n--bf16\n--micro_batch_size 2\n--lr 1e-5\n"
        "--weight_decay 0.000001\n```\n"
    )
    found = settings(card)
    assert found["learning_rate"] == 1e-5
    assert found["micro_batch_size"] == 2


def test_the_device_that_a_header_counts() -> None:
    card = FAMILY.replace("# of Grad. Acc. Steps", "# of A100 GPUs")
    assert read(card, "acme/own-math-rune3-8b-prop")["hardware"] == ["A100"]
