"""B: the same routes with Powertools for AWS Lambda: its event handler with validation, and its logger. It trusts the
gateway's authorizer."""

import uuid

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.logging import correlation_paths
from boto3.dynamodb.conditions import Key
from pydantic import BaseModel

app = APIGatewayHttpResolver(enable_validation=True)
logger = Logger(service="todos")
_table = boto3.resource("dynamodb").Table("todos")


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


class TodoPatch(BaseModel):
    title: str


def user_id() -> str:
    return app.current_event.request_context.authorizer.jwt_claim["sub"]


@app.get("/v1/todos")
def list_todos() -> TodoList:
    items = _table.query(
        IndexName="byCreated",
        KeyConditionExpression=Key("userId").eq(user_id()),
        Limit=50,
        ConsistentRead=True,
    )["Items"]
    return TodoList(items=items)


@app.post("/v1/todos")
def create_todo(todo: Todo) -> tuple[TodoOut, int]:
    created = TodoOut(todoId=str(uuid.uuid4()), **todo.model_dump())
    _table.put_item(Item={"userId": user_id(), **created.model_dump()})
    return created, 201


@app.patch("/v1/todos/<todo_id>")
def change_todo(todo_id: str, patch: TodoPatch) -> TodoOut:
    changed = _table.update_item(
        Key={"userId": user_id(), "todoId": todo_id},
        UpdateExpression="SET title = :title",
        ExpressionAttributeValues={":title": patch.title},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    return TodoOut(**changed)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
def handler(event, context):
    return app.resolve(event, context)
