"""The course's own words, explained in one sentence in French, Spanish and English."""

from __future__ import annotations

from workshop.practice.text import stems

_ENTRIES: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (
        ("durable execution", "durable workflow", "workflow durable", "exécution durable", "flujo trabajo duradero",
        "flujo duradero",
         "ejecución duradera", "workflow duradero"),
        {
            "en": "Durable execution records a program's progress outside the process that runs it, so that the program "
                  "finishes even if that "
            "process dies.",
            "fr": "L'exécution durable note chaque étape d'un programme en dehors du processus qui l'exécute, si bien que "
                  "le programme arrive à "
            "son terme même si ce processus meurt.",
            "es": "La ejecución duradera anota cada paso de un programa fuera del proceso que lo ejecuta, de modo que el "
                  "programa termina "
            "aunque ese proceso muera.",
        },
    ),
    (
        ("workflow", "flujo trabajo"),
        {
            "fr": "Un workflow est le code qui décide de la suite des étapes ; son histoire est enregistrée, et tout autre "
                  "processus peut le "
            "reprendre là où il s'est arrêté.",
            "es": "Un workflow es el código que decide qué paso viene después; su historial queda registrado, y cualquier "
                  "otro proceso puede "
            "continuarlo donde se quedó.",
        },
    ),
    (
        ("activity", "activité", "actividad"),
        {
            "fr": "Une activité est la partie d'un programme qui touche au monde extérieur, par exemple un appel HTTP ; "
                  "elle est réessayée en "
            "cas d'échec et son résultat est enregistré.",
            "es": "Una actividad es la parte de un programa que toca el mundo exterior, por ejemplo una llamada HTTP; se "
                  "reintenta si falla y "
            "su resultado queda registrado.",
        },
    ),
    (
        ("worker",),
        {
            "fr": "Un worker est un processus ordinaire qui prend des tâches dans une file ; on peut l'arrêter et en "
                  "lancer un autre sans rien "
            "perdre.",
            "es": "Un worker es un proceso normal que toma tareas de una cola; se puede parar y arrancar otro sin perder nada.",
        },
    ),
    (
        ("retry", "retries", "nouvelle tentative", "reintento"),
        {
            "fr": "Un retry est une nouvelle tentative après un échec passager, d'ordinaire après une attente qui double à "
                  "chaque fois.",
            "es": "Un reintento es un nuevo intento tras un fallo pasajero, normalmente después de una espera que se "
                  "duplica cada vez.",
        },
    ),
    (
        ("replay", "rejeu", "repetición"),
        {
            "fr": "Le replay exécute à nouveau le code d'un workflow avec les résultats enregistrés, sans refaire aucun appel.",
            "es": "El replay ejecuta de nuevo el código de un workflow con los resultados registrados, sin repetir ninguna "
                  "llamada.",
        },
    ),
    (
        ("agent", "agent ia", "agente"),
        {
            "fr": "Un agent est un modèle dans une boucle : il lit, choisit un outil, regarde le résultat et recommence "
                  "jusqu'à sa réponse.",
            "es": "Un agente es un modelo en un bucle: lee, elige una herramienta, mira el resultado y sigue hasta dar su "
                  "respuesta.",
        },
    ),
    (
        ("handoff", "transfert", "traspaso"),
        {
            "fr": "Un handoff confie la conversation à un autre agent, avec toute son histoire.",
            "es": "Un handoff pasa la conversación a otro agente, con todo su historial.",
        },
    ),
    (
        ("idempotency", "idempotent", "idempotence", "idempotencia"),
        {
            "fr": "Une opération est idempotente quand la faire deux fois a le même effet que la faire une fois.",
            "es": "Una operación es idempotente cuando hacerla dos veces tiene el mismo efecto que hacerla una vez.",
        },
    ),
)  # fmt: skip


def definition(topic: str, language: str) -> str | None:
    """The sentence for a topic that is one of the terms and nothing else; None for all other topics."""
    asked = stems(topic)
    for terms, told in _ENTRIES:
        if language in told and any(asked == stems(term) for term in terms):
            return told[language]
    return None
