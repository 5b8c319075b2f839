"""The one door to language models: any server that speaks OpenAI's chat protocol.

A question is fixed instructions and material. The material is data: it travels as one JSON object
in a message of its own, and whatever it says is never part of the instructions. An answer is a
closed schema; what does not hold is asked for again, and then refused.

ModelError
├── ModelUnavailable     the server does not answer, or is full: later may help
├── ModelRefused         the server does not take the request: settings or key are wrong
└── AnswerUnusable       it answers, and what it says cannot be used
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from storyboard.document import Document
from storyboard.model_settings import ModelSettings

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

A = TypeVar("A", bound=BaseModel)

NO_KEY = "none"
"""What servers that ask for no key are sent: the client will not send an empty one."""


class Usage(Document):
    """What work through this door took; records add up with +."""

    requests: int = 0
    """Answers asked for."""
    retries: int = 0
    """Further tries: after time-outs, full servers, and answers that did not hold."""
    cached: int = 0
    """Lines that were known and not asked for."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    """Waited for the server."""
    cost: dict[str, Decimal] = {}
    """Currency to amount, by the price in the model's settings; a model without one adds none."""

    def __add__(self, other: Usage) -> Usage:
        currencies = sorted(self.cost.keys() | other.cost.keys())
        zero = Decimal(0)
        return Usage(
            requests=self.requests + other.requests,
            retries=self.retries + other.retries,
            cached=self.cached + other.cached,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            seconds=self.seconds + other.seconds,
            cost={c: self.cost.get(c, zero) + other.cost.get(c, zero) for c in currencies},
        )


class ModelError(Exception):
    """One sentence for the person who can mend it. `usage` is what was spent until then."""

    retryable = False

    def __init__(self, message: str, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.usage = usage or Usage()


class ModelUnavailable(ModelError):
    retryable = True


class ModelRefused(ModelError):
    pass


class AnswerUnusable(ModelError):
    pass


class LanguageModel:
    """A model that can be asked; from several threads at once. Close it when done."""

    def __init__(self, settings: ModelSettings, key: str = "") -> None:
        """`key` is the secret itself; ModelRefused where it would travel in the clear."""
        from openai import OpenAI

        if key and not _private(settings.url):
            raise ModelRefused(
                f"{settings.url} is neither https nor this machine, and the key in {settings.key} "
                f"would travel in the clear; use https, or unset {settings.key}"
            )
        self.settings = settings
        self._client = OpenAI(
            base_url=settings.url,
            api_key=key or NO_KEY,
            timeout=settings.timeout_s,
            max_retries=settings.retries,
        )

    def close(self) -> None:
        self._client.close()

    def ask(
        self, instructions: str, material: Mapping[str, Any], answer: type[A]
    ) -> tuple[A, Usage]:
        """The answer to one question, in the form asked for, and what it took.

        ModelUnavailable and ModelRefused as the server has it; AnswerUnusable when the answer
        still does not hold after the settings' corrections. Each has its usage.
        """
        spent, said = Usage(), ""
        for turn in range(self.settings.corrections + 1):
            try:
                content, usage = self._complete(instructions, material, answer, corrected=turn > 0)
            except ModelError as error:
                error.usage = spent + error.usage
                raise
            spent += usage if turn == 0 else usage + Usage(retries=1)
            try:
                return answer.model_validate_json(_bare(content)), spent
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                place = ".".join(map(str, first["loc"]))
                said = f"{place}: {first['msg']}" if place else str(first["msg"])
        raise AnswerUnusable(
            f"{self.settings.model} does not answer in the form asked for ({said[:200]})", spent
        )

    def _complete(
        self,
        instructions: str,
        material: Mapping[str, Any],
        answer: type[BaseModel],
        *,
        corrected: bool,
    ) -> tuple[str, Usage]:
        """What the model says, and what it took."""
        import openai

        form = answer.model_json_schema()
        began = time.monotonic()
        try:
            raw = self._client.chat.completions.with_raw_response.create(
                model=self.settings.model,
                messages=[
                    {"role": "system", "content": self._told(instructions, form, corrected)},
                    {"role": "user", "content": json.dumps(material, ensure_ascii=False)},
                ],
                # The same question gets the same answer; one that did not hold must get another.
                temperature=0.5 if corrected else 0.0,
                max_tokens=self.settings.longest_answer,
                **self._form(form),
            )
            completion = raw.parse()
        except openai.OpenAIError as error:
            waited = Usage(requests=1, seconds=time.monotonic() - began)
            raise self._mapped(error, waited) from None
        except (ValueError, TypeError, AttributeError) as error:  # an envelope that is none
            waited = Usage(requests=1, seconds=time.monotonic() - began)
            raise self._no_chat(waited) from error
        usage = self._usage(completion, raw.retries_taken, time.monotonic() - began)
        return self._content(completion, usage), usage

    def _told(self, instructions: str, form: Mapping[str, Any], corrected: bool) -> str:
        told = [instructions]
        if self.settings.answers != "schema":
            told.append(
                "Answer with one JSON object and nothing else. Its JSON schema is: "
                + json.dumps(form, ensure_ascii=False)
            )
        if corrected:
            told.append("An answer before this one broke the schema. Keep to it exactly.")
        return "\n\n".join(told)

    def _form(self, form: dict[str, Any]) -> dict[str, Any]:
        if self.settings.answers == "plain":
            return {}
        if self.settings.answers == "json":
            return {"response_format": {"type": "json_object"}}
        schema = {"name": "answer", "schema": form, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}

    def _content(self, completion: Any, usage: Usage) -> str:
        choices = getattr(completion, "choices", None)
        if not choices:
            raise self._no_chat(usage)
        choice = choices[0]
        if choice.finish_reason == "length":
            raise AnswerUnusable(
                f"{self.settings.model} was cut off after {usage.completion_tokens} tokens; ask "
                "for less at a time, or raise `longest_answer` in its settings",
                usage,
            )
        if getattr(choice.message, "refusal", None) or choice.finish_reason == "content_filter":
            raise AnswerUnusable(f"{self.settings.model} declines to answer", usage)
        return str(choice.message.content or "")

    def _usage(self, completion: ChatCompletion, retries: int, seconds: float) -> Usage:
        counted = getattr(completion, "usage", None)
        prompt = int(getattr(counted, "prompt_tokens", 0) or 0)
        said = int(getattr(counted, "completion_tokens", 0) or 0)
        price = self.settings.price
        return Usage(
            requests=1,
            retries=retries,
            prompt_tokens=prompt,
            completion_tokens=said,
            seconds=seconds,
            cost={price.currency: price.of(prompt, said)} if price else {},
        )

    def _mapped(self, error: Exception, usage: Usage) -> ModelError:
        """Our word for the client's error. What the server says of it is left out: servers have
        been seen to repeat the key."""
        import openai

        url, model = self.settings.url, self.settings.model
        tries = self.settings.retries + 1
        usage = usage.model_copy(update={"retries": self.settings.retries})
        if isinstance(error, openai.APITimeoutError):
            said = f"{url} did not answer within {self.settings.timeout_s:g} s, in {tries} tries"
            return ModelUnavailable(f"{said}; try again later, or raise `timeout_s`", usage)
        if isinstance(error, openai.APIStatusError):
            return self._status(error.status_code, usage)
        if isinstance(error, openai.APIConnectionError):
            return ModelUnavailable(f"{url} cannot be reached; is the server started?", usage)
        return ModelRefused(f"{url} cannot be asked for {model}: {type(error).__name__}", usage)

    def _status(self, status: int, usage: Usage) -> ModelError:
        url, model = self.settings.url, self.settings.model
        if status == 429 or status >= 500 or status == 408:
            what = "has no room for more requests" if status == 429 else f"fails ({status})"
            return ModelUnavailable(f"{url} {what}; try again later", usage)
        usage = usage.model_copy(update={"retries": 0})
        if status in {401, 403}:
            why = f"does not take the key ({status}); set {self.settings.key}"
        elif status == 404:
            why = f"has no model {model!r}, or no chat at that address ({status})"
        else:
            why = (
                f"does not take the request ({status}); a server without JSON schemas needs "
                "`answers: json` or `answers: plain` in the model's settings"
            )
        return ModelRefused(f"{url} {why}", usage)

    def _no_chat(self, usage: Usage) -> AnswerUnusable:
        return AnswerUnusable(f"what {self.settings.url} answers is no chat completion", usage)


def _private(url: str) -> bool:
    """Whether nobody on the way can read along."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    return parts.scheme == "https" or here


def _bare(content: str) -> str:
    """The JSON in an answer, without the fence that many models put around it."""
    text = content.strip()
    if text.startswith("```"):
        text = text.split("\n", 1)[-1].rsplit("```", 1)[0]
    return text
