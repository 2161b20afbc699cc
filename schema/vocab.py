"""Closed vocabularies, one sentence a member.

A column typed by one of these holds its value, lower case, with hyphens.
"""

from __future__ import annotations

from enum import StrEnum

DEFAULT_HUB = "huggingface"
"""The hub that a command or a request means when it names none."""


class Relation(StrEnum):
    """How a model was made from its base."""

    FINETUNE = "finetune"  # trained further from the base's weights
    ADAPTER = "adapter"  # small weights that need the base beside them
    QUANTIZED = "quantized"  # the base's weights at another precision or in another format
    MERGE = "merge"  # weights of several bases combined
    DISTILL = "distill"  # trained on a base's outputs
    UNKNOWN = "unknown"  # a base is named, the relation is not


RELATION_SPELLINGS: dict[str, Relation] = {
    "finetune": Relation.FINETUNE,
    "finetuned": Relation.FINETUNE,
    "fine-tune": Relation.FINETUNE,
    "fine-tuned": Relation.FINETUNE,
    "adapter": Relation.ADAPTER,
    "adapters": Relation.ADAPTER,
    "lora": Relation.ADAPTER,
    "quantized": Relation.QUANTIZED,
    "quantization": Relation.QUANTIZED,
    "quantize": Relation.QUANTIZED,
    "merge": Relation.MERGE,
    "merged": Relation.MERGE,
    "distill": Relation.DISTILL,
    "distilled": Relation.DISTILL,
    "distillation": Relation.DISTILL,
}
"""Spellings met in cards, tags and listings, lower case."""


class Source(StrEnum):
    """Where a fact was read, best first: the order is the precedence when sources disagree."""

    CARD = "card"  # front matter of the card file itself, with blob and span
    DECLARED = "declared"  # the card's metadata as the hub's listing repeats it
    CONFIG = "config"  # config.json
    GGUF = "gguf"  # header of a GGUF file, as the hub reports it
    SAFETENSORS = "safetensors"  # header of safetensors files, as the hub reports it
    API = "api"  # a field of the hub's record that the hub computed
    TAG = "tag"  # a tag of the hub's record
    LICENSE_FILE = "license-file"  # a license file beside the weights; its path is license_link
    MEMBER = "member"  # the reviewed table of published models that miner ships
    INHERITED = "inherited"  # what is known of the model it was made from
    NAME = "name"  # its name
    CARD_RULE = "card-rule"  # the card's text, tables, code and badges, read by rules
    CARD_LLM = "card-llm"  # the card, read by a language model; its quote stands in the card
    INFERRED = "inferred"  # concluded by miner, not said by anyone


SOURCE_RANK: dict[str, int] = {source.value: rank for rank, source in enumerate(Source)}


class ModelState(StrEnum):
    """What is known of a model's place on its hub."""

    PRESENT = "present"  # listed, or answered for by the hub
    GONE = "gone"  # not listed and answered 404, or 401 with a token that works
    GONE_OR_PRIVATE = "gone-or-private"  # 401 without a token: deleted or made private
    DISABLED = "disabled"  # the hub answers, and says that it is disabled
    NAMED = "named"  # only named by others; never seen itself


class Gating(StrEnum):
    """Whether files can be had without asking."""

    NO = "no"  # open
    AUTO = "auto"  # terms have to be accepted
    MANUAL = "manual"  # a person has to grant access
    YES = "yes"  # gated, the source does not say how


class FileState(StrEnum):
    """What became of a file that was asked for."""

    FETCHED = "fetched"  # held in the archive
    MISSING = "missing"  # the revision has no such file
    GATED = "gated"  # access has to be asked for
    GONE = "gone"  # the repository is not there any more
    DISABLED = "disabled"  # the hub refuses: the repository is disabled
    TOO_LARGE = "too-large"  # larger than the bound; not kept
    FAILED = "failed"  # the server did not answer properly; tried again by the next crawl
    NOT_FETCHED = "not-fetched"  # not asked for: below --min-downloads, or not needed


class ParseState(StrEnum):
    """What became of the content of a file or record."""

    PARSED = "parsed"  # all of it could be read
    PARTIAL = "partial"  # some fields had unusable values; they are listed with reasons
    EMPTY = "empty"  # nothing to read: no front matter, or an empty file
    UNPARSABLE = "unparsable"  # could not be read; the bytes are in the archive


class ExtractionState(StrEnum):
    """How the reading of a card by an extractor ended."""

    EXTRACTED = "extracted"  # read to the end, whatever was found
    PARTIAL = "partial"  # some parts of the card could not be read; the values of the rest stay
    REFUSED = "refused"  # the language model refused to answer
    TRUNCATED = "truncated"  # its answer was cut off, and the part could not be made smaller
    INVALID = "invalid"  # its answer does not fit the schema
    TOO_SLOW = "too-slow"  # not read within the deadline; tried again by other rules only
    FAILED = "failed"  # the extractor broke on it, or the server did not answer properly


class ValueState(StrEnum):
    """What a row of an extracted field says."""

    STATED = "stated"  # the card states the value, in the words of the quote
    REJECTED = "rejected"  # an extractor gave it, and it is not kept; the reason says why
    NOT_STATED = "not-stated"  # the extractor looked for it and says that it is not there


class RejectReason(StrEnum):
    """Why a value that an extractor gave is not kept."""

    QUOTE_NOT_IN_CARD = "quote-not-in-card"  # the words do not stand in the card
    QUOTE_WITHOUT_VALUE = "quote-without-value"  # they do, and do not say the value
    NO_QUOTE = "no-quote"  # no words were given
    WRONG_TYPE = "wrong-type"  # a text where a number belongs, or the reverse
    UNKNOWN_FIELD = "unknown-field"  # there is no such field
    OUT_OF_RANGE = "out-of-range"  # a number that cannot be
    TOO_LONG = "too-long"  # longer than a value or quote may be
    TOO_MANY = "too-many"  # more values than a field can have in one answer
    QUOTE_NOT_VISIBLE = "quote-not-visible"  # the words stand in a comment or are not shown
    QUOTE_IN_INSTRUCTIONS = "quote-in-instructions"  # beside words that give a model orders
    NOT_CONFIRMED = "not-confirmed"  # the card gives a model orders, and no rule reads the value
    SECRET = "secret"  # noqa: S105 - a key, password or e-mail address is in it


class AnswerFinish(StrEnum):
    """How a language model's answer ended."""

    STOP = "stop"  # by itself
    LENGTH = "length"  # cut off at the bound on tokens
    REFUSAL = "refusal"  # the model refused, or a filter took the answer away


class BatchState(StrEnum):
    """Where a batch of requests to a language model is."""

    SUBMITTING = "submitting"  # being handed in; the server may or may not have it
    SUBMITTED = "submitted"  # the server has it
    COLLECTED = "collected"  # its answers are kept
    FAILED = "failed"  # the server refused it, or lost it; its requests are open again


class RecordReason(StrEnum):
    """Why a record, or a field of it, was set aside."""

    NOT_JSON = "not-json"  # the text is no JSON
    CUT_SHORT = "cut-short"  # the answer ended in the middle
    NOT_AN_OBJECT = "not-an-object"  # the record is no JSON object
    NO_NAME = "no-name"  # the record has no usable id
    WRONG_TYPE = "wrong-type"  # a field has a type that cannot be used
    BAD_DATE = "bad-date"  # a date that cannot be read, or outside 2000 to 2100
    OUT_OF_RANGE = "out-of-range"  # a number that cannot be
    TOO_LONG = "too-long"  # a text or list beyond the bound
    ALTERED = "altered"  # kept, but characters that no store holds (NUL, surrogates) were replaced
    UNPARSABLE = "unparsable"  # a file cannot be read as what it should be
    COMPUTED = "computed"  # names are made when code runs, and it is not run
    ORPHAN = "orphan"  # it refers to a row that is not there
    DUPLICATE = "duplicate"  # another record of this name was read before it
    UNEXPECTED_ERROR = "unexpected-error"  # a bug of miner; the detail is where


class EventKind(StrEnum):
    """A change that a sweep found."""

    NEW = "new"  # first seen, after the first sweep of its window
    RENAMED = "renamed"  # same identity, another name
    GATED = "gated"  # gating changed
    GONE = "gone"  # no longer listed, and the hub confirms
    RETURNED = "returned"  # listed again after it was gone
    DISABLED = "disabled"  # the hub disabled it, or enabled it again
    RELICENSED = "relicensed"  # the declared license changed
    REVISED = "revised"  # a new revision


class HistoryKind(StrEnum):
    """A part of what a hub keeps of a model's past."""

    COMMITS = "commits"  # commits of the main branch
    REFS = "refs"  # branches, tags and pull requests, and what they point at
    CHANGES = "changes"  # what commits changed in the card and the config
    DISCUSSIONS = "discussions"  # discussions and pull requests, with their events


class HistoryState(StrEnum):
    """What became of a part of a history, or of a discussion's events."""

    FETCHED = "fetched"  # all of it
    PARTIAL = "partial"  # a bound was reached; the newest is stored, older parts are not
    GATED = "gated"  # access has to be asked for
    GONE = "gone"  # not there any more
    DISABLED = "disabled"  # the hub refuses: the repository is disabled
    TURNED_OFF = "turned-off"  # the owner turned discussions off
    TOO_LARGE = "too-large"  # larger than the bound; not kept
    UNPARSABLE = "unparsable"  # the answer is not what it should be; it is in the archive
    FAILED = "failed"  # the server did not answer properly; tried again by the next crawl
    NOT_FETCHED = "not-fetched"  # not asked for


class RefKind(StrEnum):
    """What a ref of a model's repository is."""

    BRANCH = "branch"  # a branch
    TAG = "tag"  # a tag
    CONVERT = "convert"  # made by the hub: the files in another format
    PULL_REQUEST = "pull-request"  # the head of a pull request


class DiscussionKind(StrEnum):
    """What people opened on a model's page."""

    DISCUSSION = "discussion"  # text alone
    PULL_REQUEST = "pull-request"  # with a change of files


class DiscussionState(StrEnum):
    """Whether a discussion or pull request is open."""

    OPEN = "open"  # open
    CLOSED = "closed"  # closed without a merge
    MERGED = "merged"  # the pull request was merged
    DRAFT = "draft"  # a pull request that is not ready
    UNKNOWN = "unknown"  # the hub's word is none of these


class DiscussionEventKind(StrEnum):
    """What happened in a discussion."""

    COMMENT = "comment"  # somebody wrote
    STATUS_CHANGE = "status-change"  # opened again, closed, merged
    COMMIT = "commit"  # a commit was added to the pull request
    TITLE_CHANGE = "title-change"  # the title was changed
    OTHER = "other"  # something else: pinned, locked, a label; the text says the hub's word


class DatasetRole(StrEnum):
    """What a dataset was to a model."""

    TRAINED_ON = "trained_on"  # the model was trained or tuned on it
    EVALUATED_ON = "evaluated_on"  # a result on it is reported


class PaperRole(StrEnum):
    """What a paper is to a model."""

    CITES = "cites"  # the card or a tag names the paper
    IMPLEMENTS = "implements"  # the model is what the paper describes


class SweepKind(StrEnum):
    """What a pass over a listing asks for."""

    FULL = "full"  # every field that the tables need
    LIGHT = "light"  # the fields that change without a new revision
    DELTA = "delta"  # full records of what changed, by lastModified descending
    SEED = "seed"  # rows of a dump, dated by the dump


class RunState(StrEnum):
    """How a command ended."""

    RUNNING = "running"  # not ended yet, or ended without a word
    FINISHED = "finished"  # it did all that it was asked for
    INTERRUPTED = "interrupted"  # stopped by a person or a signal; the next one goes on
    FAILED = "failed"  # it ended with an error


class BatchFailure(StrEnum):
    """Why a batch of work has no result."""

    RAISED = "raised"  # the work itself failed on it
    WORKER_DIED = "worker-died"  # the processes that worked on it were killed, time after time
    TOO_SLOW = "too-slow"  # it was not done within its deadline, and its worker was ended


class AnswerKind(StrEnum):
    """What an archived record is: an answer, or what miner found or decided itself."""

    LISTING = "listing"  # a page of models or datasets
    RECORD = "record"  # one model or dataset
    FILE = "file"  # a card or a config
    HISTORY = "history"  # commits, refs, older cards or discussions of a model, or their end
    SEARCH = "search"  # a page of a search on GitHub
    METADATA = "metadata"  # a batch of repositories, or one
    ISSUES = "issues"  # issues or pull requests of repositories, or comments on one
    SOURCE = "source"  # a file of a repository's source
    RUN = "run"  # the begin or the end of a command's execution
    REPOSITORIES = "repositories"  # repositories that a list or cards name
    SEARCHES = "searches"  # searches that are to be made, or made again
    SWEEP = "sweep"  # the begin or the end of a pass over all repositories
    SCAN = "scan"  # what a scan of one commit of a repository found
    LLM = "llm"  # answers of a language model
    ROWS = "rows"  # rows of a store that was filled before these records were kept


class RepositoryState(StrEnum):
    """What is known of a repository's place on GitHub."""

    PRESENT = "present"  # GitHub answered for it
    NAMED = "named"  # found or named by others; not asked for yet
    GONE = "gone"  # not found: deleted, made private, or it never was
    BLOCKED = "blocked"  # GitHub refuses access: taken down, or against its terms


class FindingSource(StrEnum):
    """How a repository came to be known."""

    CODE_SEARCH = "code-search"  # a file of it matches a signature
    REPOSITORY_SEARCH = "repository-search"  # its topics or description match
    CARD = "card"  # a model's card links it
    LIST = "list"  # named by the user
    DATASET = "dataset"  # in a dataset that was imported


class IssueKind(StrEnum):
    """What a number of a repository's issues stands for."""

    ISSUE = "issue"  # an issue
    PULL_REQUEST = "pull-request"  # a pull request


class IssueState(StrEnum):
    """Whether an issue or pull request is open."""

    OPEN = "open"  # open
    CLOSED = "closed"  # closed, and of a pull request: without its commits
    MERGED = "merged"  # a pull request whose commits were taken over
    GONE = "gone"  # deleted, or transferred to another repository


class IssueListingState(StrEnum):
    """How far the issues, or the pull requests, of a repository have been read."""

    NOT_FETCHED = "not-fetched"  # asked only whether there are any; they are read by a next crawl
    PARTIAL = "partial"  # the newest were read; the next crawl goes on with older ones
    READ = "read"  # all that were updated up to the time of the newest one seen
    DISABLED = "disabled"  # the repository has them turned off
    GONE = "gone"  # GitHub does not give the repository any more, or blocks it


class CommentState(StrEnum):
    """How far the comments on an issue or pull request have been read."""

    READ = "read"  # all that there were
    PARTIAL = "partial"  # the oldest; the next crawl goes on with the rest
    CUT = "cut"  # as many as are read of one issue; the rest is left out


class IssuePlace(StrEnum):
    """Where in an issue or pull request a model is named."""

    TITLE = "title"  # in its title
    BODY = "body"  # in its first text
    COMMENT = "comment"  # in a comment


class IssueMethod(StrEnum):
    """The rule by which words of an issue were taken for a model, the surest first."""

    ADDRESS = "address"  # an address on a hub that names a model
    KNOWN_NAME = "known-name"  # owner/name of a model that the store has, in exactly this spelling
    LOADED = "loaded"  # owner/name at a loading call or command; the store has no such model
    BARE_NAME = "bare-name"  # a name without owner that the store has, quoted or in code
    FILE = "file"  # the path of a file that loads the model, beside the name of a library


class BinState(StrEnum):
    """How far a search, or a part of one, has been read."""

    OPEN = "open"  # pages are left to read
    SPLIT = "split"  # too many results: smaller parts stand in its place
    WHOLE = "whole"  # read to the end
    CUT = "cut"  # more results than GitHub gives, and no smaller parts; or called incomplete
    REFUSED = "refused"  # GitHub does not take the query


class ScanState(StrEnum):
    """What became of the reading of a repository's source."""

    SCANNED = "scanned"  # read to the end
    EMPTY = "empty"  # there is no file
    TOO_LARGE = "too-large"  # a bound was reached; what was read before is kept
    PARTIAL = "partial"  # damaged, or an error lost a part of it; the rest is kept
    TOO_SLOW = "too-slow"  # not read within the deadline; tried again at another commit only
    UNREADABLE = "unreadable"  # what came, twice alike, is no archive or a damaged one
    GONE = "gone"  # the source is not there any more
    BLOCKED = "blocked"  # GitHub refuses the source
    FAILED = "failed"  # GitHub did not answer properly; tried again by the next crawl


class UseRole(StrEnum):
    """What a site does with a model, the strongest first."""

    USE = "use"  # the repository's own code or configuration loads it
    EXAMPLE = "example"  # an example loads it
    TEST = "test"  # a test loads it
    MENTION = "mention"  # it is only named


class UseMethod(StrEnum):
    """The rule by which a string of the source was taken for a model."""

    LITERAL = "literal"  # it stands at a loading call
    COMMAND = "command"  # it is an argument of a loading command
    REACHED = "reached"  # it reaches a loading call through names of the repository
    ADDRESS = "address"  # it is an address, or has a prefix, that says hub and model
    CALLED = "called"  # it is held under a name that says model
    SHAPE = "shape"  # it has a model's shape where the repository loads models
    LISTED = "listed"  # the store knows a model of this name
    IN_PROSE = "said"  # it stands in prose, a comment or a message
    OPEN = "open"  # no string: a load whose model the source does not name
    PEATMOSS = "peatmoss"  # PeaTMOSS links both; how often it is right was not measured here


class UseKind(StrEnum):
    """Where in the source the name of a model stands."""

    CALL_LITERAL = "call-literal"  # a literal at the call that loads it
    CONSTANT = "constant"  # a constant, or an entry of a table
    DEFAULT = "default"  # a default of a parameter, an option or the environment
    CONFIG = "config"  # a configuration file
    NOTEBOOK = "notebook"  # a code cell
    SHELL = "shell"  # a script, Dockerfile or CI job
    DOCS_ONLY = "docs-only"  # documentation, a comment
    JS = "js"  # JavaScript or TypeScript
    RUST = "rust"  # Rust
    JAVA = "java"  # Java, Scala, Kotlin or Groovy
    GO = "go"  # Go
    CSHARP = "csharp"  # C# or F#
    SWIFT = "swift"  # Swift
    CPP = "cpp"  # C, C++ or Objective-C
    DART = "dart"  # Dart
    RUBY = "ruby"  # Ruby
    PHP = "php"  # PHP
    R = "r"  # R
    JULIA = "julia"  # Julia
    ELIXIR = "elixir"  # Elixir
    LUA = "lua"  # Lua
    FILE = "file"  # only the file is recorded
