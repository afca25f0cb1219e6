"""C: FastAPI and Mangum as tutorials put them together: a verified token, pydantic models, boto3's resource, and a
list that Redis keeps for a minute after it was read. Nothing keeps a kept list from being outdated."""

import os
import uuid
from functools import cache
from typing import Annotated

import boto3
import redis
import requests
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jose import JWTError, jwt
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI()
_table = boto3.resource("dynamodb").Table("todos")
_redis = redis.Redis.from_url(os.environ["REDIS_URL"]) if os.environ.get("REDIS_URL") else None


class Todo(BaseModel):
    title: str
    notes: str = ""
    completed: bool = False
    priority: str = "none"
    tags: list[str] = []


class TodoOut(Todo):
    todoId: str  # noqa: N815 - as it is stored


class TodoList(BaseModel):
    items: list[TodoOut]


@cache
def keys():
    return requests.get(os.environ["JWKS_URL"], timeout=5).json()


def user_id(token: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    try:
        claims = jwt.decode(
            token.credentials, keys(), algorithms=["RS256"], issuer=os.environ["TOKEN_ISSUER"]
        )
    except JWTError:
        raise HTTPException(401) from None
    return claims["sub"]


UserId = Annotated[str, Depends(user_id)]


@app.get("/v1/todos")
def list_todos(user: UserId) -> TodoList:
    if _redis is not None and (kept := _redis.get(f"todos:{user}")):
        return TodoList.model_validate_json(kept)
    items = _table.query(
        IndexName="byCreated", KeyConditionExpression=Key("userId").eq(user), Limit=50, ConsistentRead=True
    )["Items"]
    found = TodoList(items=[TodoOut.model_validate(item) for item in items])
    if _redis is not None:
        _redis.set(f"todos:{user}", found.model_dump_json(), ex=60)
    return found


@app.post("/v1/todos", status_code=201)
def create_todo(todo: Todo, user: UserId) -> TodoOut:
    created = TodoOut(todoId=str(uuid.uuid4()), **todo.model_dump())
    _table.put_item(Item={"userId": user, **created.model_dump()})
    if _redis is not None:
        _redis.delete(f"todos:{user}")
    return created


class TodoPatch(BaseModel):
    title: str


@app.patch("/v1/todos/{todo_id}")
def change_todo(todo_id: str, patch: TodoPatch, user: UserId) -> TodoOut:
    changed = _table.update_item(
        Key={"userId": user, "todoId": todo_id},
        UpdateExpression="SET title = :title",
        ExpressionAttributeValues={":title": patch.title},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    if _redis is not None:
        _redis.delete(f"todos:{user}")
    return TodoOut.model_validate(changed)


handler = Mangum(app, lifespan="off")
