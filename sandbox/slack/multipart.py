"""multipart/form-data, read with the standard library's parser of MIME messages."""

from email.parser import BytesParser
from email.policy import HTTP


def read_form(content_type: str, body: bytes) -> dict[str, bytes]:
    """Return the parts of a form by name; what is no form has none."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            parts[name] = content
    return parts
