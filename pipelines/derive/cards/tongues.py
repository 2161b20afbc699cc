"""Words of headings and sentences in other languages than English, as alternatives of patterns.

Chinese, Japanese, Korean, Russian, Spanish, Portuguese, French, German, Italian, Indonesian,
Turkish and Arabic; stems where a language bends its words. All lower case.
"""

from __future__ import annotations

TRAINED = (
    r"学習|訓練|ファインチューニング|微調整|训练|訓練|微调|微調|预训练|학습|훈련|파인튜닝"
    r"|미세\s?조정|обуч\w+|дообуч\w+"
    r"|entrena\w+|treina\w+|entraîn\w+|trainiert|feinabgestimmt|addestra\w+|dilatih|pelatihan"
    r"|eğitil\w+|eğitim|تدريب"
)  # fmt: skip
"""Something is trained or tuned."""
TRAINING = (
    r"学習|訓練|ファインチューニング|训练|微调|超参|参数设置|학습|훈련|파인튜닝|하이퍼|обучени"
    r"|дообуч|параметр|entrenamiento|entrenado|treinamento"
    r"|entraînement|training|feinabstimmung|addestramento|pelatihan|eğitim|تدريب"
)  # fmt: skip
"""A heading over how it was trained."""
RESULTS = (
    r"评估|评测|測評|测评|评价|結果|结果|性能|效果|評価|ベンチマーク|精度|평가|성능|결과"
    r"|результат|метрик|оценк|качеств"
    r"|resultado|evaluación|avaliação|métricas|rendimiento|desempenho|résultat|évaluation"
    r"|métriques|ergebnis|bewertung"
    r"|risultati|valutazione|hasil|evaluasi|sonuç|değerlendirme|النتائج|نتائج"
)  # fmt: skip
"""A heading over results."""
DATA = (
    r"(?:学習|訓練)?(?:に使用した|に用いた)?データ(?:セット)?|学習データ|使用データ(?:セット)?"
    r"|训练数据集?|数据集|训练语料|使用数据|(?:학습|사용|사용한)?\s?(?:데이터셋?|dataset)"
    r"|使用した(?:データセット|dataset)"
    r"|данные(?: для обучения)?|обучающие данные|датасеты?|набор данных(?: для обучения)?"
    r"|datos(?: de entrenamiento)?|conjuntos? de datos|corpus(?: de entrenamiento)?"
    r"|dados(?: de treinamento| de treino)?"
    r"|conjuntos? de dados|données(?: d['’]entraînement)?|jeux? de données|trainingsdaten"
    r"|datensätze|datensatz"
    r"|dati(?: di addestramento)?|data pelatihan|veri seti|eğitim verisi"
)  # fmt: skip
"""A heading over training data, as a whole."""
LIMITS = (
    r"局限|限制|不足|风险|免责|声明|注意|制限|制約|免責|リスク|課題|한계|주의|제한|유의"
    r"|ограничен|предвзят|недостатк|предупрежд"
    r"|limitacion|limitaç|limitazion|sesgo|vieses|viés|biais|einschränkung|grenzen"
    r"|avertissement|advertencia|aviso"
    r"|keterbatasan|batasan|sınırlama|kısıt"
)  # fmt: skip
"""A heading over limits."""
LICENSE = (
    r"许可|許可|授权|ライセンス|라이선스|라이센스|лицензи\w*|licencia|licença|licenza|lisensi"
    r"|lizenz|lisans"
)
PAPER = r"论文|論文|논문|статья|статье|artículo|artigo|articolo|makalah|makale"
DEMO = r"在线体验|在线演示|デモ|데모|демо|prueba|demonstração|démo|dimostrazione"
FORMAT = (
    r"提示词|提示模板|对话格式|输入格式|プロンプト(?:フォーマット|テンプレート|形式|の形式)?"
    r"|入力形式|프롬프트|입력 형식|формат (?:ввода|промпта|запроса)"
    r"|formato (?:de(?:l)? )?(?:prompt|entrada|instrucciones)|format (?:de prompt|d['’]entrée)"
    r"|eingabeformat"
)  # fmt: skip
"""A heading over what goes in."""
BASE = (
    r"基础模型|基座模型|基座|底座模型|原始模型|原模型|基底模型|ベースモデル|元モデル|使用モデル"
    r"|베이스 ?모델|기반 ?모델|기본 ?모델|базовая модель|исходная модель"
    r"|modelo (?:base|original)|modèle (?:de base|d['’]origine|original)|basismodell"
    r"|modello (?:base|di base|originale)|model dasar|temel model"
)
"""A key or heading that names the model which this one was made from."""
BASE_BEFORE = (
    r"基于|基於|基座(?:模型)?[为是：: ]*|基础模型[为是：: ]*|底座(?:模型)?[为是：: ]*"
    r"|ベースモデル[はに：: ]*|元モデル[は：: ]*"
    r"|베이스 모델[은는：: ]*|기반 모델[은는：: ]*|на (?:основе|базе)|(?:до)?обучен\w* верси\w+"
    r"|версия модели"
    r"|basado en|basada en|baseado em|baseada em|basé sur|basée sur|basiert auf|basierend auf"
    r"|basato su|basata su|berbasis|berdasarkan"
    r"|versión (?:ajustada|afinada|fine-?tuned|entrenada) de(?:l)?|versão (?:ajustada"
    r"|fine-?tuned|treinada) d[eoa]|ajuste fino de(?:l)?"
    r"|version (?:affinée|fine-?tunée) de|feinabgestimmte version von|versione fine-?tuned di"
    r"|entrenado a partir de"
    r"|fine-?tuning (?:de|di|do|da|du|von|dari)(?:l| la| le)?|partendo da|a partir d[eoa]"
)  # fmt: skip
"""Words right before the model that this one was made from."""
BASE_AFTER = (
    r"(?:モデル)?(?:を|に|の|をもとに)?.{0,40}?(?:ファインチューニング|ベースに|元に|追加学習"
    r"|事前学習|継続学習|量子化|微調整|マージ)"
    r"|(?:模型|基座|基础|预训练模型)?.{0,24}?(?:微调|训练|量化|精调|改造)|(?:모델)?(?:을|를|로"
    r"|의|에|이)?.{0,30}?(?:파인튜닝|미세\s?조정|학습|기반|양자화)"
)  # fmt: skip
"""Words right after it, where the verb comes last."""
